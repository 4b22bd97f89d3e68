// Runs in a page: what is wrong with where things are on it, as a reader would see it. Something wider than the window,
// words that are cut off, words upon words, a thing to press that a thumb misses.

function misplaced() {
  const found = []
  const width = document.documentElement.clientWidth
  const named = (element) => {
    const words = (element.textContent ?? '').trim().slice(0, 30)
    return `<${element.localName}${element.id ? ` id=${element.id}` : ''}> "${words}"`
  }
  if (document.documentElement.scrollWidth > width)
    found.push(`the page is ${document.documentElement.scrollWidth} wide in a window of ${width}`)
  const isSeen = (element) => element.checkVisibility({ visibilityProperty: true }) && !element.closest('.unseen')
  const blocks = []
  for (const element of document.querySelectorAll('body *')) {
    if (!isSeen(element) || element.closest('svg')) continue
    const box = element.getBoundingClientRect()
    if (box.width > 0 && (box.left < -0.5 || box.right > width + 0.5)) found.push(`outside: ${named(element)}`)
    const isClipping = getComputedStyle(element).overflowX !== 'visible' && element.localName !== 'textarea'
    if (isClipping && element.scrollWidth > element.clientWidth + 1) found.push(`cut off: ${named(element)}`)
    if (element.matches('button, a.act, nav a, summary, fieldset label') && Math.min(box.height, box.width) < 44)
      found.push(`${Math.round(box.width)}x${Math.round(box.height)}, smaller than a thumb: ${named(element)}`)
    if (!/^(h1|p|dt|dd|button|a|summary|label|legend|li|b|span|td|th|textarea|input)$/.test(element.localName)) continue
    for (const text of element.childNodes) {
      if (text.nodeType !== Node.TEXT_NODE || text.textContent?.trim() === '') continue
      const range = document.createRange()
      range.selectNode(text)
      const lines = new Set([...range.getClientRects()].map(({ top }) => Math.round(top))).size
      if (element.matches('.amount') && lines > 1) found.push(`an amount on ${lines} lines: ${named(element)}`)
      if (lines > 2 && lines > text.textContent.trim().length / 3)
        found.push(`letters under letters: ${named(element)}`)
      for (const line of range.getClientRects()) {
        if (line.width === 0) continue
        if (line.left < -0.5 || line.right > width + 0.5) found.push(`words outside: ${named(element)}`)
        // A line's own letters are lower than its box, which holds the room above and below them.
        const room = (line.height - Number.parseFloat(getComputedStyle(element).fontSize)) / 2
        const { left, right } = line
        blocks.push({ element, left, right, top: line.top + room, bottom: line.bottom - room })
      }
    }
  }
  for (const [index, one] of blocks.entries())
    for (const other of blocks.slice(index + 1)) {
      if (one.element === other.element) continue
      const across = Math.min(one.right, other.right) - Math.max(one.left, other.left)
      const down = Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top)
      if (across > 1 && down > 1) found.push(`words upon words: ${named(one.element)} and ${named(other.element)}`)
    }
  return [...new Set(found)]
}

misplaced()

// What <khqr-checkout> takes over from the hub's page: its markup, without anything that could run in the site, and its
// stylesheet, made to fit a shadow root.

/** What a site may style, and where each part is on the page. */
export const parts = {
  heading: 'h1',
  amount: '.amount',
  sentence: '.told > p:not(.amount)',
  card: '.card',
  timer: '.ends',
  button: 'button, .act',
  facts: 'dl',
  links: 'nav',
}

/** Elements of the page; any other is left out with everything in it. */
export const taken =
  /^(?:header|main|nav|div|p|h1|span|b|br|a|dl|dt|dd|ul|li|form|input|button|details|summary|textarea|svg|title|g|path|text|tspan)$/
const links = /^(?:href|action|formaction|xlink:href)$/
const runs = /^(?:on.*|style|src|srcdoc)$/
const leadsOn = /^(?!javascript|data|vbscript|blob|file)[a-z][a-z\d+.-]*:\/\/[\x21-\x7e]+$/i

/** A part of the parsed page, for this document: what the site is shown in its own name can do nothing there. */
export function takeOver(found, pageUrl) {
  for (const one of [found, ...found.querySelectorAll('*')]) {
    if (!taken.test(one.localName)) one.remove()
    for (const { name, value } of Array.from(one.attributes)) {
      if (runs.test(name)) one.removeAttribute(name)
      if (!links.test(name)) continue
      if (value.startsWith('/')) one.setAttribute(name, new URL(value, pageUrl).href)
      else if (!leadsOn.test(value)) one.removeAttribute(name)
    }
  }
  // Another site's file is opened, not saved: beside this site, not in its place.
  for (const one of found.querySelectorAll('[download]')) one.target = '_blank'
  for (const [part, where] of Object.entries(parts))
    for (const one of found.querySelectorAll(where)) one.setAttribute('part', part)
  // A site has a main part of its own.
  const element = document.createElement('div')
  element.className = found.localName
  for (const { name, value } of found.attributes) element.setAttribute(name, value)
  element.append(...found.childNodes)
  return element
}

const styles = new Map()

/** The page's stylesheet, once for all elements of a site; undefined where it cannot be had. */
export function styleOf(url) {
  if (!styles.has(url)) styles.set(url, readStyle(url))
  return styles.get(url)
}

async function readStyle(url) {
  try {
    const answer = await fetch(url, { credentials: 'omit' })
    const fonts = []
    const text = (await answer.text())
      .replace(/url\(\//g, `url(${new URL(url).origin}/`)
      .replace(/@font-face\{[^}]*\}/g, (font) => (fonts.push(font), ''))
      .replace(/--([a-z-]+):\s*(#[\da-f]+)/gi, '--$1:var(--khqr-$1,$2)')
      .replace(/(^|[{},\s])(?::root|html|body)(?=[\s,.{:>[])/g, '$1.page')
      .replace(/(^|[{},\s])(header|main)(?=[\s,.{:>[])/g, '$1.$2')
      // As wide as the element has room, not as the screen.
      .replace(/@media ?\((min|max)-width/g, '@container ($1-width')
    // A shadow root's fonts are not found: they are the document's.
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheetOf(fonts.join(''))]
    return sheetOf(text)
  } catch {
    styles.delete(url)
  }
}

/** Of a constructed sheet a site's `style-src` needs to know nothing. */
export function sheetOf(text) {
  const sheet = new CSSStyleSheet()
  sheet.replaceSync(text)
  return sheet
}

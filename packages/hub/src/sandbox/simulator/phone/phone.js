// Conveniences only: everything on the phone works without them.

const lookEveryMs = 3_000

const waiting = document.getElementById('waiting')
const picture = document.getElementById('picture')

/** New codes appear, and paid ones go, without a press of anything. */
async function lookAgain() {
  if (document.visibilityState !== 'visible') return
  const answer = await fetch('/phone', { headers: { accept: 'text/html' } }).catch(() => undefined)
  if (!answer?.ok) return
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html')
  const found = page.getElementById('waiting')
  if (!found || found.innerHTML === waiting.innerHTML || waiting.contains(document.activeElement)) return
  waiting.innerHTML = found.innerHTML
}

if (waiting) {
  setInterval(lookAgain, lookEveryMs)
  document.addEventListener('visibilitychange', lookAgain)
}

if (picture) {
  picture.addEventListener('change', () => {
    const [file] = picture.files
    const isTooLarge = file?.size > Number(picture.dataset.most)
    // Then its words stand beside the field, and nothing is sent.
    picture.setCustomValidity(isTooLarge ? picture.dataset.tooLarge : '')
    if (file) picture.form.requestSubmit()
  })
  // A screenshot is pasted as it is.
  document.addEventListener('paste', (event) => {
    const files = event.clipboardData?.files
    if (!files || files.length === 0) return
    event.preventDefault()
    picture.files = files
    picture.form.requestSubmit()
  })
}

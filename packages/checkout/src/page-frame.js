// The page itself, in a frame of the site.

/** Runs and remembers as the page does, opens the bank's app and page, and no more. */
const may =
  'allow-scripts allow-same-origin allow-forms allow-popups allow-downloads allow-top-navigation-by-user-activation ' +
  'allow-top-navigation-to-custom-protocols'

export function frameOf(url) {
  const frame = document.createElement('iframe')
  const set = { title: 'KHQR', part: 'frame', referrerpolicy: 'no-referrer', allow: 'clipboard-write', sandbox: may }
  for (const [name, value] of Object.entries({ ...set, src: url })) frame.setAttribute(name, value)
  return frame
}

/** Hears what the frame's page says, and nobody else: neither another window nor another site in that frame. */
export function listenToFrame(frame, origin, hear) {
  const take = ({ data, origin: from, source }) => {
    if (from === origin && source === frame.contentWindow && isNews(data)) hear(data)
  }
  window.addEventListener('message', take)
  return () => window.removeEventListener('message', take)
}

/** Exactly what that page says, and how; anything more or less is somebody else's. */
function isNews(data) {
  const isRight = {
    height: (value) => Number.isFinite(value) && value > 0 && value < 10_000,
    path: (value) => typeof value === 'string',
    source: (value) => value === 'khqr-checkout',
    state: isWord,
    status: isWord,
  }
  const names = Object.keys(Object(data)).sort()
  return names.join() === Object.keys(isRight).join() && names.every((name) => isRight[name](data[name]))
}

function isWord(value) {
  return typeof value === 'string' && /^[a-z_]{1,40}$/.test(value)
}

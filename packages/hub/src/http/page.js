// What a payment's page does beyond being read: it hears of its payment, counts its time down, copies and rings. Runs in
// the customer's browser, on old phones too; without it the page works by being loaded again. `main` says what it needs.

const pollMs = 3_000
const listenAgainMs = 60_000
const root = document.documentElement
let main = document.querySelector('main')
let seen = main.dataset.version
// The phone's clock may be wrong; the server's is what counts.
const skewMs = main.dataset.now ? Date.parse(main.dataset.now) - Date.now() : 0
let stream
let polling
let isSwapping = false

function listen() {
  if (!main.dataset.live) return
  if (stream) stream.close()
  stream = undefined
  if (!window.EventSource) {
    poll()
    return
  }
  stream = new window.EventSource(`${main.dataset.live}/live`)
  stream.addEventListener('state', (event) => hear(JSON.parse(event.data)))
  stream.addEventListener('open', () => {
    clearTimeout(polling)
    polling = undefined
    setOffline(false)
  })
  stream.addEventListener('error', poll)
}

// Until a stream is open, and instead of one.
function poll() {
  if (polling === undefined && main.dataset.live) polling = setTimeout(ask, pollMs)
}

async function ask() {
  polling = undefined
  if (!main.dataset.live) return
  try {
    const answer = await window.fetch(`${main.dataset.live}/state`, { cache: 'no-store', credentials: 'same-origin' })
    setOffline(false)
    const waitS = Number(answer.headers.get('retry-after'))
    if (answer.ok) hear(await answer.json())
    else if (waitS > 0 && polling === undefined) polling = setTimeout(ask, waitS * 1_000)
  } catch {
    setOffline(true)
  }
  if (!stream || stream.readyState !== 1) poll()
}

function hear(news) {
  if (news.version !== seen) swap(news.version)
}

// The page as it is now, from the server: what it says is written in one place.
async function swap(version) {
  if (isSwapping) return
  isSwapping = true
  try {
    const answer = await window.fetch(location.pathname + location.search, {
      cache: 'no-store',
      credentials: 'same-origin',
    })
    if (answer.ok) {
      show(new DOMParser().parseFromString(await answer.text(), 'text/html'))
      seen = version
    }
  } catch {
    // It is asked for again below.
  }
  isSwapping = false
  if (seen !== version) poll()
}

function show(fresh) {
  const next = document.adoptNode(fresh.querySelector('main'))
  const wasPaid = root.dataset.status === 'completed'
  const hadFocus = main.contains(document.activeElement) ? document.activeElement.id || 'state' : undefined
  main.replaceWith(next)
  main = next
  root.dataset.status = fresh.documentElement.dataset.status
  root.dataset.state = fresh.documentElement.dataset.state
  document.title = fresh.title
  const heading = document.getElementById('state')
  if (hadFocus) (document.getElementById(hadFocus) || heading).focus()
  const sentence = main.querySelector('p:not(.amount)')
  document.getElementById('news').textContent = `${heading.textContent}. ${sentence ? sentence.textContent : ''}`
  prepare()
  tellFrame()
  if (!wasPaid && root.dataset.status === 'completed') ring()
  if (!main.dataset.live && stream) stream.close()
}

// A site that may show this page in a frame is told how its payment stands; nobody else is.
function tellFrame() {
  if (window.parent === window || !main.dataset.frames) return
  const news = { source: 'khqr-checkout', status: root.dataset.status, state: root.dataset.state }
  for (const origin of main.dataset.frames.split(' ')) window.parent.postMessage(news, origin)
}

function setOffline(isOffline) {
  document.getElementById('offline').hidden = !isOffline
}

// What only a script can do is shown only where there is one.
function prepare() {
  for (const one of main.querySelectorAll('[data-script]')) one.hidden = false
  const chime = main.querySelector('[data-chime]')
  if (chime) sayChime(chime)
  count()
}

function count() {
  const timer = main.querySelector('[data-ends]')
  if (!timer) return
  const leftS = Math.max(0, Math.ceil((Date.parse(timer.dataset.ends) - Date.now() - skewMs) / 1_000))
  const hours = Math.floor(leftS / 3_600)
  const parts = [...(hours > 0 ? [hours] : []), Math.floor(leftS / 60) % 60, leftS % 60]
  const text = parts.map((part) => String(part).padStart(2, '0')).join(':')
  timer.textContent =
    root.dataset.digits === 'km' ? text.replace(/\d/g, (digit) => String.fromCharCode(0x17e0 + Number(digit))) : text
  if (leftS === 0 && !timer.dataset.ended) {
    timer.dataset.ended = 'yes'
    setTimeout(ask, 1_000)
  }
}

async function copy(button) {
  const field = document.getElementById(button.dataset.copy)
  let isDone = false
  try {
    await navigator.clipboard.writeText(field.value)
    isDone = true
  } catch {
    field.select()
    isDone = document.execCommand('copy')
  }
  if (!isDone) return
  button.textContent = button.dataset.done
  document.getElementById('news').textContent = button.dataset.done
}

let sound
function isChimeOn() {
  try {
    return localStorage.getItem('khqr_chime') === 'on'
  } catch {
    return false
  }
}

function sayChime(button) {
  button.setAttribute('aria-pressed', String(isChimeOn()))
}

function switchChime(button) {
  try {
    localStorage.setItem('khqr_chime', isChimeOn() ? 'off' : 'on')
  } catch {}
  sayChime(button)
  if (isChimeOn()) ring()
}

// Two notes, made here: no file is fetched for them. A browser plays them only after a touch of the page.
function ring() {
  const Sound = window.AudioContext || window.webkitAudioContext
  if (!Sound || !isChimeOn()) return
  sound = sound || new Sound()
  if (sound.resume) sound.resume()
  for (const [pitch, afterS] of [
    [660, 0],
    [880, 0.18],
  ]) {
    const tone = sound.createOscillator()
    const volume = sound.createGain()
    const from = sound.currentTime + afterS
    tone.frequency.value = pitch
    volume.gain.setValueAtTime(0.2, from)
    volume.gain.exponentialRampToValueAtTime(0.001, from + 0.4)
    tone.connect(volume)
    volume.connect(sound.destination)
    tone.start(from)
    tone.stop(from + 0.4)
  }
}

document.addEventListener('click', (event) => {
  const button = event.target.closest && event.target.closest('button')
  if (!button) return
  if (button.dataset.copy) copy(button)
  if (button.dataset.chime) switchChime(button)
})
document.addEventListener('submit', (event) => {
  const form = event.target
  if (form.getAttribute('aria-busy') === 'true') event.preventDefault()
  form.setAttribute('aria-busy', 'true')
})
// A phone that slept, or a line that was cut, may have missed anything.
function look() {
  ask()
  if (!stream || stream.readyState !== 1) listen()
}
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'visible') look()
})
window.addEventListener('online', look)
window.addEventListener('offline', () => setOffline(true))
window.addEventListener('pageshow', (event) => {
  if (!event.persisted) return
  for (const form of document.querySelectorAll('[aria-busy]')) form.removeAttribute('aria-busy')
  look()
})
window.addEventListener('pagehide', () => {
  if (stream) stream.close()
})
setInterval(count, 1_000)
setInterval(() => {
  if (stream && stream.readyState === 2) listen()
}, listenAgainMs)
// A page that could not be shown now is loaded again when it may be.
if (main.dataset.again)
  setTimeout(() => location.replace(location.pathname + location.search), Number(main.dataset.again) * 1_000)
prepare()
tellFrame()
listen()

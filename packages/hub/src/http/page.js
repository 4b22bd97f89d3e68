// What a payment's page does beyond being read: it hears of its payment, counts its time down, copies and rings. Runs in
// the customer's browser, on old phones too; without it the page works by being loaded again. `main` says what it needs.

import { copyField, countDown, followPayment } from './live-payment.js'

const root = document.documentElement
let main = document.querySelector('main')
let seen = main.dataset.version
// What it was told last: perhaps while an older page was still on its way.
let told = seen
// The phone's clock may be wrong; the server's is what counts.
const skewMs = main.dataset.now ? Date.parse(main.dataset.now) - Date.now() : 0
let payment
let isSwapping = false

function hear(news) {
  told = news.version
  if (told !== seen) swap()
}

// The page as it is now, from the server: what it says is written in one place.
async function swap() {
  if (isSwapping) return
  isSwapping = true
  const version = told
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
  if (seen !== version) payment.poll()
  else if (told !== seen) swap()
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
  if (!main.dataset.live) payment.close()
}

// A site that may show this page in a frame is told how its payment stands, and how high the page is; nobody else is.
function tellFrame() {
  if (window.parent === window || !main.dataset.frames) return
  const news = {
    source: 'khqr-checkout',
    status: root.dataset.status,
    state: root.dataset.state,
    path: location.pathname,
    height: Math.ceil(document.body.getBoundingClientRect().height),
  }
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
  if (timer && countDown(timer, skewMs, root.dataset.digits === 'km')) setTimeout(payment.ask, 1_000)
}

async function copy(button) {
  if (!(await copyField(document.getElementById(button.dataset.copy)))) return
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
window.addEventListener('pageshow', (event) => {
  if (!event.persisted) return
  for (const form of document.querySelectorAll('[aria-busy]')) form.removeAttribute('aria-busy')
})
setInterval(count, 1_000)
// A page that could not be shown now is loaded again when it may be.
if (main.dataset.again)
  setTimeout(() => location.replace(location.pathname + location.search), Number(main.dataset.again) * 1_000)
payment = followPayment({
  addressOf: () => main.dataset.live,
  // Paid money may go back by hand: no line stays open for that, but whoever comes back to the page sees it.
  lookAddressOf: () => main.dataset.live || (main.dataset.version && location.pathname),
  hear,
  setOffline,
})
prepare()
tellFrame()
if (window.ResizeObserver) new window.ResizeObserver(tellFrame).observe(document.body)

// What the script of a payment's page does wherever that page is shown: it hears of its payment, counts its time down and
// copies. The hub's own page and <khqr-checkout> have it in common. Runs on old phones too.

const pollMs = 3_000
const hiddenPollMs = 15_000
const listenAgainMs = 60_000

/**
 * Hears of a payment until `stop` is called: by a stream, and without one by asking every 3 s; at once when the phone
 * wakes or the line is back. A page that is hidden asks every 15 s and holds no stream: browsers open six connections to
 * a hub, and the seventh page of many in as many tabs would not even load. `addressOf` answers the payment's address, and
 * undefined once there is nothing more to hear; `lookAddressOf` where it is asked all the same when somebody comes back to
 * the page; `hear` gets the news; `setOffline` whether there is a line.
 */
export function followPayment(payment) {
  const line = lineTo(payment)
  // A phone that slept, or a line that was cut, may have missed anything.
  const look = () => {
    line.ask()
    if (!line.is(1)) line.listen()
  }
  const listeners = [
    [document, 'visibilitychange', () => (isHidden() ? line.listen() : look())],
    [window, 'online', look],
    [window, 'offline', () => payment.setOffline(true)],
    [window, 'pageshow', (event) => event.persisted && look()],
    [window, 'pagehide', line.close],
  ]
  for (const [where, name, act] of listeners) where.addEventListener(name, act)
  const again = setInterval(() => line.is(2) && line.listen(), listenAgainMs)
  line.listen()
  return {
    ask: line.ask,
    poll: line.poll,
    close: line.close,
    /** Once there is more to hear again. */
    resume() {
      if (!line.is()) line.listen()
    },
    stop() {
      line.stop()
      clearInterval(again)
      for (const [where, name, act] of listeners) where.removeEventListener(name, act)
    },
  }
}

function lineTo({ addressOf, lookAddressOf = addressOf, hear, setOffline }) {
  let stream
  let polling
  let isStopped = false

  function listen() {
    const address = addressOf()
    close()
    if (!address || isStopped) return
    if (!window.EventSource || isHidden()) {
      poll()
      return
    }
    stream = new window.EventSource(`${address}/live`)
    stream.addEventListener('state', (event) => hear(JSON.parse(event.data)))
    stream.addEventListener('open', () => {
      stopPolling()
      setOffline(false)
    })
    stream.addEventListener('error', poll)
  }

  /** Whether the stream is in this state of its own; without one, whether there is any. */
  function is(readyState) {
    return Boolean(stream) && (readyState === undefined || stream.readyState === readyState)
  }

  function close() {
    if (stream) stream.close()
    stream = undefined
  }

  // Until a stream is open, and instead of one.
  function poll() {
    if (polling === undefined && addressOf() && !isStopped)
      polling = setTimeout(ask, isHidden() ? hiddenPollMs : pollMs)
  }

  function stopPolling() {
    clearTimeout(polling)
    polling = undefined
  }

  async function ask() {
    stopPolling()
    const address = lookAddressOf()
    if (!address || isStopped) return
    try {
      const answer = await window.fetch(`${address}/state`, { cache: 'no-store', credentials: 'same-origin' })
      if (isStopped) return
      setOffline(false)
      const waitS = Number(answer.headers.get('retry-after'))
      if (answer.ok) hear(await answer.json())
      else if (waitS > 0 && polling === undefined) polling = setTimeout(ask, waitS * 1_000)
    } catch {
      if (!isStopped) setOffline(true)
    }
    if (!is(1)) poll()
  }

  function stop() {
    isStopped = true
    close()
    stopPolling()
  }

  return { listen, is, close, poll, ask, stop }
}

function isHidden() {
  return document.visibilityState === 'hidden'
}

/**
 * Writes into `timer` how long its code may still be paid, and answers true the first time that none is left. The phone's
 * clock may be wrong: `skewMs` is how far the server's, which counts, is ahead of it.
 */
export function countDown(timer, skewMs, isKhmer) {
  const leftS = Math.max(0, Math.ceil((Date.parse(timer.dataset.ends) - Date.now() - skewMs) / 1_000))
  const hours = Math.floor(leftS / 3_600)
  const parts = [...(hours > 0 ? [hours] : []), Math.floor(leftS / 60) % 60, leftS % 60]
  const text = parts.map((part) => String(part).padStart(2, '0')).join(':')
  timer.textContent = isKhmer ? text.replace(/\d/g, (digit) => String.fromCharCode(0x17e0 + Number(digit))) : text
  if (leftS > 0 || timer.dataset.ended) return false
  timer.dataset.ended = 'yes'
  return true
}

/** Copies what stands in a field; answers whether it is done. */
export async function copyField(field) {
  try {
    await navigator.clipboard.writeText(field.value)
    return true
  } catch {
    field.select()
    return document.execCommand('copy')
  }
}

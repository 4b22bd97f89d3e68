// <khqr-checkout payment="https://pay.example/pay/…">: the page of a KHQR Hub payment as an element of any site.
// docs/checkout-element.md says what it takes, tells and needs. What it shows is the hub's own page; an event in a browser
// is a hint for the screen and never proof of money: a shop's server asks the hub.

import { followPayment } from './live-payment.js'
import { styleOf } from './page-content.js'
import { frameOf, listenToFrame } from './page-frame.js'
import { PageView, words } from './page-view.js'
import { adoptProperties, mirror } from './properties.js'
import { addressIn, attributes, readAttributes } from './read-attributes.js'

const paid = 'paid'
const eventOf = {
  paid,
  late: paid,
  paid_twice: paid,
  expired: 'expired',
  failed: 'failed',
  cancelled: 'cancelled',
  held: 'held',
}
const firstRetryMs = 3_000
const longestRetryMs = 60_000
// Where pages are made before they are sent, there is no such class.
export class KhqrCheckoutElement extends (globalThis.HTMLElement || Object) {
  #root
  #view
  /** What its attributes were when it was begun. */
  #key
  /** Of the payment's page, which may become another payment's. */
  #address
  #language
  #digits
  #news
  /** From one start to its stop; whatever comes in late finds it over. */
  #run
  #said = new Set()

  static get observedAttributes() {
    return attributes
  }

  /** What the page shows: "ready", "paid" …; undefined until it is known. */
  get state() {
    return this.#news?.state
  }

  /** The payment's own word: "processing", "completed" … */
  get status() {
    return this.#news?.status
  }

  connectedCallback() {
    if (!this.#root) {
      this.#root = this.attachShadow({ mode: 'open' })
      this.#view = new PageView(this.#root)
      this.#root.addEventListener('click', (event) => this.#click(event))
      this.#root.addEventListener('submit', (event) => this.#submit(event))
      adoptProperties(this)
    }
    this.#startSoon()
  }

  disconnectedCallback() {
    this.#stop()
  }

  attributeChangedCallback(_name, before, after) {
    if (before !== after && this.#root && this.isConnected) this.#startSoon()
  }

  /** Attributes are set one after the other. */
  #startSoon() {
    this.#stop()
    const run = { loads: 0, retryMs: firstRetryMs, ends: [] }
    this.#run = run
    queueMicrotask(() => run.isOver || this.#start(run))
  }

  #stop() {
    if (!this.#run) return
    this.#run.isOver = true
    clearTimeout(this.#run.timer)
    for (const end of this.#run.ends) end()
  }

  #start(run) {
    const key = attributes.map((name) => this.getAttribute(name)).join('\n')
    if (key !== this.#key) {
      this.#key = key
      this.#news = this.#language = this.#digits = undefined
      const { address, problem } = readAttributes(this)
      this.#address = address
      const { lang } = this.#choices()
      if (problem) this.#fail(run, problem)
      else this.#view.say('status', lang, words[lang || 'en'].loading)
    }
    if (this.#address) this.#look(run)
  }

  #look(run) {
    if (this.variant === 'iframe') this.#frame(run)
    else this.#load(run)
  }

  /** As the customer chose here, else as is set, else as the site around; '' leaves it to the browser's wish. */
  #choices() {
    const wished = this.#language || this.lang || this.closest('[lang]:not([lang=""])')?.lang || ''
    return { lang: /^(?:km|en)\b/.exec(wished)?.[0] || '', digits: this.#digits || this.digits || '' }
  }

  #pageUrl() {
    const asked = Object.entries(this.#choices()).filter(([, value]) => value)
    return `${this.#address}?${new URLSearchParams(asked)}`
  }

  async #load(run, how) {
    run.loads += 1
    try {
      const answer = await fetch(this.#pageUrl(), { cache: 'no-store', credentials: 'omit', ...how })
      const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html')
      const sheet = fresh.querySelector('link[rel="stylesheet"]').getAttribute('href')
      const style = await styleOf(new URL(sheet, this.#address).href)
      if (run.isOver) return
      // Another code of an order may be another payment, with a page of its own.
      if (answer.ok) this.#address = addressIn(answer.url) || this.#address
      this.#view.show(fresh, this.#address, style)
      this.#view.count()
      for (const form of this.#root.querySelectorAll('form')) if (!this.#isOwn(form)) form.target = '_top'
      if (answer.ok) await this.#learn(run)
      else this.#refused(run, answer.status)
    } catch (error) {
      if (!run.isOver) this.#unreachable(run, error)
    } finally {
      run.loads -= 1
    }
    if (!run.isOver && run.heard) this.#hear(run, run.heard)
  }

  /** What its payment is now: told to the site once the page shows the same. */
  async #learn(run) {
    const answer = await fetch(`${this.#address}/state`, { cache: 'no-store', credentials: 'omit' })
    if (!answer.ok) throw new Error(`it answered ${answer.status}`)
    const news = await answer.json()
    if (run.isOver) return
    run.retryMs = firstRetryMs
    if (this.#view.main) {
      run.heard = news
      this.#follow(run)
    } else this.#tell(news)
  }

  #follow(run) {
    const { follow } = run
    if (follow) {
      if (run.followed !== this.#address) follow.close()
      follow.resume()
    } else {
      run.follow = followPayment({
        addressOf: () => (this.#view.main?.dataset.live ? this.#address : undefined),
        hear: (news) => this.#hear(run, news),
        setOffline: (isOffline) => this.#view.setOffline(isOffline),
      })
      const counting = setInterval(() => this.#view.count() && setTimeout(run.follow.ask, 1_000), 1_000)
      run.ends.push(run.follow.stop, () => clearInterval(counting))
    }
    run.followed = this.#address
  }

  #hear(run, news) {
    run.heard = news
    if (run.loads > 0) return
    run.heard = undefined
    if (news.version !== this.#view.main.dataset.version) this.#load(run)
    else this.#tell(news)
  }

  #tell({ version: _version, ...news }) {
    const before = this.#news
    this.#news = news
    const isNew = before?.state !== news.state || before.status !== news.status
    const name = eventOf[news.state]
    this.#emitOnce('ready')
    if (before && isNew) this.#emit('statechange', news)
    if (name === paid) this.#emitOnce(paid)
    else if (name && isNew) this.#emit(name, news)
  }

  #emitOnce(name) {
    const key = name + this.#address
    if (this.#said.has(key)) return
    this.#said.add(key)
    this.#emit(name, this.#news)
  }

  #emit(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { bubbles: true, composed: true, detail: { ...detail } }))
  }

  /** The hub's page says why. */
  #refused(run, status) {
    const todo = status === 404 ? 'Give the checkout_url of a payment that it has.' : 'Try again later.'
    this.#report(run, { what: `The hub answered ${status}`, value: this.#address, todo })
    const { again } = this.#view.main.dataset
    if (again) this.#later(run, again * 1_000)
  }

  #unreachable(run, error) {
    for (const one of this.#root.querySelectorAll('[aria-busy]')) one.removeAttribute('aria-busy')
    this.#view.setOffline(!navigator.onLine)
    this.#later(run, run.retryMs)
    run.retryMs = Math.min(run.retryMs * 2, longestRetryMs)
    if (this.#view.main) return
    this.#fail(run, {
      what: `The hub cannot be reached, or does not let this site show its payments (${error.message})`,
      value: this.#address,
      todo: `Name ${location.origin} in the hub’s HUB_PAGE_FRAME_ORIGINS, and the hub in the site’s connect-src.`,
    })
  }

  #later(run, ms) {
    clearTimeout(run.timer)
    run.timer = setTimeout(() => this.#look(run), ms)
  }

  /** Seen by whoever pays, with the way to the page itself where there is one, and told to whoever built the site. */
  #fail(run, problem) {
    this.#view.fail(this.#choices().lang, problem, this.#address && this.#pageUrl())
    this.#report(run, problem)
  }

  #report(run, problem) {
    if (run.reported === problem.what) return
    run.reported = problem.what
    // oxlint-disable-next-line no-console
    console.error(`<khqr-checkout>: ${problem.what}: ${problem.value}. ${problem.todo}`)
    this.#emit('error', problem)
  }

  /** Messages of the frame only make this look: what they are about is what the hub says. */
  async #frame(run) {
    try {
      await this.#learn(run)
    } catch (error) {
      if (!run.isOver) this.#unreachable(run, error)
      return
    }
    if (run.isOver) return
    let frame = this.#root.querySelector('iframe')
    if (!frame) {
      frame = frameOf(this.#pageUrl())
      this.#view.place(frame)
    }
    const { origin } = new URL(this.#address)
    let last = this.status + this.state
    const end = listenToFrame(frame, origin, ({ status, state, path, height }) => {
      frame.style.height = `${height}px`
      this.#address = addressIn(origin + path) || this.#address
      if (last === status + state) return
      last = status + state
      this.#learn(run).catch(() => (last = ''))
    })
    run.ends.push(end)
  }

  /** Whether a link or a form leads to the page itself. */
  #isOwn(one) {
    const address = one.getAttribute('href') || one.getAttribute('action') || ''
    return address.split('?')[0] === this.#address
  }

  #click(event) {
    const button = event.target.closest('[data-copy]')
    if (button) this.#view.copy(button)
    const link = event.target.closest('a')
    if (!link || !this.#isOwn(link) || event.ctrlKey || event.metaKey || event.shiftKey || !this.#view.main) return
    event.preventDefault()
    const { searchParams } = new URL(link.href)
    this.#language = searchParams.get('lang') || this.#language
    this.#digits = searchParams.get('digits') || this.#digits
    this.#load(this.#run)
  }

  #submit(event) {
    const form = event.target
    // The bank's own page takes over from the whole site.
    if (!this.#isOwn(form)) return
    event.preventDefault()
    if (form.getAttribute('aria-busy') === 'true') return
    form.setAttribute('aria-busy', 'true')
    this.#load(this.#run, { method: 'POST', body: new URLSearchParams(new FormData(form)) })
  }
}

mirror(KhqrCheckoutElement.prototype)

if (globalThis.customElements && !customElements.get('khqr-checkout'))
  customElements.define('khqr-checkout', KhqrCheckoutElement)

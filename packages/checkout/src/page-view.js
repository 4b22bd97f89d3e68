// What <khqr-checkout> has in its shadow root: the hub's page, a message, or a frame.

import { copyField, countDown } from './live-payment.js'
import { sheetOf, takeOver } from './page-content.js'

export const words = {
  en: { loading: 'Loading …', cannot: 'This payment cannot be shown here. ', open: 'Open the payment’s page' },
  km: { loading: 'កំពុងផ្ទុក…', cannot: 'មិនអាចបង្ហាញការបង់ប្រាក់នេះនៅទីនេះបានទេ។ ', open: 'បើកទំព័របង់ប្រាក់' },
}

const ownStyle = `:host{all:initial;display:block;width:100%;container-type:inline-size}:host([hidden]){display:none}
[part=message]{padding:1rem;background:Canvas;color:CanvasText;font:1rem/1.65 "Noto Sans Khmer",system-ui,sans-serif;overflow-wrap:anywhere}
a{color:inherit}.page{font-size:1rem}iframe{display:block;width:100%;height:42rem;border:0}`

export class PageView {
  /** The page's `main`; undefined while something else is shown. */
  main
  #root
  #skewMs = 0

  constructor(root) {
    this.#root = root
  }

  /** Shows the page as it was parsed. `style` is its own. */
  show(fresh, address, style) {
    const { lang, dataset } = fresh.documentElement
    const page = this.main ? this.#root.firstChild : this.#begin(style)
    const focused = this.main?.contains(this.#root.activeElement) && (this.#root.activeElement.id || 'state')
    Object.assign(page.dataset, dataset)
    page.lang = lang
    const [header, news, offline, main] = page.children
    header.replaceWith(takeOver(fresh.querySelector('header'), address))
    offline.textContent = fresh.querySelector('#offline').textContent
    offline.hidden = true
    this.main = takeOver(fresh.querySelector('main'), address)
    main.replaceWith(this.main)
    const { now } = this.main.dataset
    if (now) this.#skewMs = Date.parse(now) - Date.now()
    for (const one of this.main.querySelectorAll('[data-script]')) one.hidden = 'chime' in one.dataset
    const heading = this.#byId('state')
    if (focused) (this.#byId(focused) || heading).focus()
    const sentence = this.main.querySelector('p:not(.amount)')
    const text = `${heading.textContent}. ${sentence ? sentence.textContent : ''}`
    if (news.textContent !== text) news.textContent = text
  }

  /** What stays while the page's parts come and go: a screen reader hears only of a change in what is there. */
  #begin(style) {
    const page = document.createElement('section')
    page.className = 'page'
    page.setAttribute('part', 'page')
    page.setAttribute('aria-labelledby', 'state')
    page.innerHTML =
      '<div></div><p class="unseen" role="status"></p><p class="note" role="status" hidden></p><div></div>'
    this.place(page, style)
    return page
  }

  /** In the place of whatever was shown. */
  place(content, style) {
    this.main = undefined
    this.#root.adoptedStyleSheets = [sheetOf(ownStyle), ...(style ? [style] : [])]
    this.#root.replaceChildren(content)
  }

  /** `lang` may be ''. */
  say(role, lang, ...content) {
    const told = document.createElement('div')
    for (const [name, value] of Object.entries({ part: 'message', role, lang: lang || 'en' }))
      told.setAttribute(name, value)
    this.place(told)
    told.append(...content)
  }

  /** Seen by whoever pays, with the way to the page itself; where there is none, whoever builds the site sees why. */
  fail(lang, { what, value, todo }, pageUrl) {
    const { cannot, open } = words[lang || 'en']
    const more = document.createElement(pageUrl ? 'a' : 'p')
    if (pageUrl) Object.assign(more, { href: pageUrl, target: '_top', textContent: open })
    else Object.assign(more, { lang: 'en', textContent: `${what}: ${value}. ${todo}` })
    this.say('alert', lang, cannot, more)
  }

  setOffline(isOffline) {
    if (this.main) this.#root.firstChild.children[2].hidden = !isOffline
  }

  /** True the first time that the code's time is over. */
  count() {
    const timer = this.main && this.main.querySelector('[data-ends]')
    return timer && countDown(timer, this.#skewMs, this.#root.firstChild.dataset.digits === 'km')
  }

  async copy(button) {
    if (!(await copyField(this.#byId(button.dataset.copy)))) return
    button.textContent = button.dataset.done
    this.#root.querySelector('.unseen').textContent = button.dataset.done
  }

  #byId(id) {
    return this.#root.getElementById(id)
  }
}

// What is given to <khqr-checkout>, and what is wrong with it.

export const attributes = ['payment', 'client-token', 'hub', 'lang', 'digits', 'variant']
const knownOf = { lang: ['km', 'en'], digits: ['km', 'latn'], variant: ['element', 'iframe'] }

/** The address of the payment's page, or the problem: what, which value, what to do. */
export function readAttributes(element) {
  const given = (name) => (element.getAttribute(name) || '').trim()
  for (const [name, known] of Object.entries(knownOf)) {
    const value = given(name)
    if (value && !known.includes(name === 'lang' ? value.slice(0, 2) : value))
      return wrong(name, value, `Say ${known.join(' or ')}.`)
  }
  const name = given('payment') || !given('client-token') ? 'payment' : 'client-token'
  const value = given(name)
  const hub = given('hub')
  if (!value) return wrong(name, 'nothing', 'Give the checkout_url of a payment.')
  const isToken = !value.includes('/')
  if (isToken && !hub) return wrong('hub', 'nothing', 'A bare token needs the address of the hub beside it.')
  const address = addressIn(isToken ? `${hub.replace(/\/$/, '')}/pay/${value}` : value)
  return address
    ? { address }
    : wrong(name, isToken ? `${value} at ${hub}` : value, 'Give a checkout_url as the hub answered it.')
}

function wrong(name, value, todo) {
  return { problem: { what: `The attribute ${name} cannot be used`, value, todo } }
}

/** `https://pay.example/pay/{token}` of such an address, whatever is asked of it; undefined of any other. */
export function addressIn(text) {
  try {
    const { protocol, origin, pathname } = new URL(text)
    if (/^https?:$/.test(protocol) && /^\/pay\/[\w-]{20,100}$/.test(pathname)) return origin + pathname
  } catch {}
}

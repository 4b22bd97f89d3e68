// The properties of <khqr-checkout> that say what its attributes say.

const properties = { payment: 'payment', clientToken: 'client-token', hub: 'hub', digits: 'digits', variant: 'variant' }

export function mirror(prototype) {
  for (const [property, attribute] of Object.entries(properties))
    Object.defineProperty(prototype, property, {
      enumerable: true,
      get() {
        return this.getAttribute(attribute)
      },
      set(value) {
        if (value === null || value === undefined) this.removeAttribute(attribute)
        else this.setAttribute(attribute, value)
      },
    })
}

/** What was set before the browser knew this element hides what it does with it. */
export function adoptProperties(element) {
  for (const name of Object.keys(properties)) {
    const { [name]: value } = element
    if (delete element[name] && value !== null) element[name] = value
  }
}

import '@khqr-hub/checkout'
import { createApp, h, ref } from 'vue'

// In a template: <khqr-checkout :payment="payment" @paid="…" />, with compilerOptions.isCustomElement for its name.
const Order = {
  props: ['payment'],
  setup(props) {
    const said = ref('')
    const thank = ({ detail }) => (said.value = `Thank you for ${detail.currency} ${detail.amount}.`)
    return () =>
      h('main', [
        h('h1', 'Your order'),
        h('khqr-checkout', { payment: props.payment, lang: 'km', onPaid: thank }),
        h('p', { id: 'said', role: 'status' }, said.value),
      ])
  },
}

const place = document.querySelector('#order')
createApp(Order, { payment: place.dataset.payment }).mount(place)

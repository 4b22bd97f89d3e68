import '@khqr-hub/checkout'
import { useState } from 'react'
import { createRoot } from 'react-dom/client'

function Order({ payment }) {
  const [said, setSaid] = useState('')
  const thank = ({ detail }) => setSaid(`Thank you for ${detail.currency} ${detail.amount}.`)
  return (
    <main>
      <h1>Your order</h1>
      <khqr-checkout payment={payment} lang="km" onpaid={thank} />
      <p id="said" role="status">
        {said}
      </p>
    </main>
  )
}

const place = document.querySelector('#order')
createRoot(place).render(<Order payment={place.dataset.payment} />)

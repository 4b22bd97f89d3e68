import { type CurrencyCode, plainAmount } from '../../banks/payway/simulator/amounts.ts'
import type { Entry } from '../../banks/payway/simulator/book.ts'
import { problemOf } from '../../banks/payway/simulator/khqr-code.ts'
import type { PaywaySimulator } from '../../banks/payway/simulator/payway-simulator.ts'
import { type ControlBody, ControlRefusal } from './control-body.ts'

const ways = ['qr', 'paymentId', 'link', 'merchantRef']

/** What a customer pays: a code, a transaction, a payment link, or a code on a wall. The last two are opened for it. */
export function findPayable(bank: PaywaySimulator, body: ControlBody): Entry {
  const [way, ...more] = ways.filter((one) => body.has(one))
  if (way === undefined || more.length > 0) return body.refuse(way ?? 'paymentId', `say one of ${ways.join(', ')}.`)
  if (way === 'link') return openLink(bank, body)
  if (way === 'merchantRef') return openPrinted(bank, body)
  return way === 'qr' ? byCode(bank, body) : findTran(bank, body)
}

/** By `paymentId`: its `tran_id`, or the number of a payment, whose newest `tran_id` it is. */
export function findTran(bank: PaywaySimulator, body: ControlBody): Entry {
  const name = body.text('paymentId', 'use a tran_id, or the number of a payment, e.g. 150001.')
  const entry = bank.book.find(name)
  if (entry) return entry
  const why = `${bank.code} was asked for no payment ${name}; ask for one first.`
  throw new ControlRefusal(404, 'paymentId', name, why)
}

function byCode(bank: PaywaySimulator, body: ControlBody): Entry {
  const qr = body.text('qr', 'use the text of a KHQR.')
  const problem = problemOf(qr)
  if (problem !== undefined) return body.refuse('qr', `it ${problem}.`)
  const entry = bank.book.byCode(qr)
  if (entry === 'dead') {
    const why =
      'The payer is told "Transaction not found": its tran_id had been used before, so nobody can pay this code.'
    throw new ControlRefusal(422, 'qr', qr, why)
  }
  if (entry) return entry
  throw new ControlRefusal(404, 'qr', qr, `${bank.code} did not make this QR; pay it at the bank that made it.`)
}

function openLink(bank: PaywaySimulator, body: ControlBody): Entry {
  const id = body.text('link', 'use the id of a payment link, or the end of its address.')
  const link = bank.book.link(id)?.link ?? bank.book.linkBySlug(id.split('/').at(-1) ?? '')
  if (!link) throw new ControlRefusal(404, 'link', id, `${bank.code} made no payment link ${id}; make one first.`)
  const status = bank.linkStatus(link.id)
  if (status === 'OPEN') return bank.openOwn({ link })
  throw new ControlRefusal(422, 'link', id, `The payment link is ${status}: nobody can pay it any more.`)
}

function openPrinted(bank: PaywaySimulator, body: ControlBody): Entry {
  const merchantRef = body.text('merchantRef', 'use the reference of a printed code.')
  const currency: CurrencyCode = body.oneOf('currency', ['USD', 'KHR'])
  const amount = plainAmount(body.value('amount'), currency)
  const wanted = `a printed code says none: use an amount with the decimals of ${currency}.`
  return bank.openOwn({ merchantRef, currency, amount: amount ?? body.refuse('amount', wanted) })
}

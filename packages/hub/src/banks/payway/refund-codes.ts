/** What a refund is answered beside what every operation of the portal is: certainly not done. */
export type RefundCode = {
  /**
   * `refused`: asking again changes nothing until a person has done what `todo` says. `busy`: it may be asked again by
   * itself, in a few seconds.
   */
  readonly as: 'refused' | 'busy'
  readonly means: string
  readonly todo: string
}

const refused = (means: string, todo: string): RefundCode => ({ as: 'refused', means, todo })

const ourFault = 'Report it with its exchange: the request that we wrote is wrong.'
const askPayway = 'Have PayWay correct it, then ask for the refund again.'

const refundCodes: Readonly<Record<string, RefundCode>> = {
  PTL04: refused('a field is missing', ourFault),
  PTL05: refused('a field is not as PayWay wants it', ourFault),
  PTL06: refused('the time of the request is missing or not as PayWay wants it', ourFault),
  PTL36: refused('PayWay has no paid transaction of this id', 'Look for it in the merchant portal.'),
  PTL37: refused(
    'it is more than is left of the transaction',
    'Look in the merchant portal what was refunded of it by other means, or taken off as a discount.',
  ),
  PTL57: refused(
    'it cannot be refunded by machine, as money that was paid out to others cannot',
    'Send it back by other means.',
  ),
  PTL58: refused('the refund failed at PayWay', 'Look in the merchant portal before it is asked for again.'),
  PTL62: refused('PayWay has the merchant id set up wrongly', askPayway),
  PTL63: refused('PayWay has no RSA key of this merchant id', askPayway),
  PTL168: {
    as: 'busy',
    means: 'another request about this transaction is at work at PayWay',
    todo: 'Nothing: it is asked again.',
  },
  PTL169: refused('the settlement account is closed', askPayway),
  PTL181: refused('our balance at PayWay is too low', 'Wait for new payments, then ask for the refund again.'),
  PTL186: refused('the amount is not as PayWay wants it', ourFault),
  PTL187: refused(
    'the amount is below the least that PayWay refunds',
    'Refund more at once, or send it back by other means.',
  ),
}

/** Undefined for any other code. */
export function refundCodeOf(code: string): RefundCode | undefined {
  return Object.hasOwn(refundCodes, code) ? refundCodes[code] : undefined
}

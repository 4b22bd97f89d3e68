/** A second movement of one transaction is called after the transaction and what the bank booked it under: `id/booking`. */
export function secondMovementId(tranId: string, bankRef: string): string {
  return `${tranId}/${bankRef}`
}

/** The transaction that a movement belongs to: PayWay is asked about nothing else. */
export function tranIdOf(bankTransactionId: string): string {
  return bankTransactionId.split('/', 1)[0] ?? bankTransactionId
}

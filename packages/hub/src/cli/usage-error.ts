/** The command was called with something it cannot use: says what, which value, what to do. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** How one bank of this shape is played. Data only: the code beside it never asks for a bank's name. */
export type BankQrSimulatorSettings = {
  readonly kind: 'bank-qr'
  /** Where its routes hang, e.g. "/amk". */
  readonly basePath: string
  /** Whole paths of calls that hang elsewhere than AMK's do. */
  readonly paths?: Readonly<Partial<Record<'qr' | 'verify' | 'refunds' | 'health', string>>>
  /** Whether the hub offers this bank. A bank that is not active is played all the same. */
  readonly active: boolean
  readonly accounts: readonly SimulatedAccount[]
  readonly username: string
  readonly password: string
  /** The key of verify's `hash`, as text. */
  readonly secretKey: string
  readonly login: { readonly path: string; readonly style: 'json-password' | 'form-client-credentials' }
  readonly signature: SignatureProfile
  /** How the QR generator answers: a bare PNG, JSON with Base64, a data URI or the KHQR text. */
  readonly qrForm: 'png' | 'json' | 'data-uri' | 'khqr'
  readonly hasVerify: boolean
  /** `list`: every movement; `bare`: `{status}` alone. */
  readonly verifyForm: 'list' | 'bare'
  /** Whether it gives money back when asked: not at all (it has no such calls), a whole movement alone, or parts of it. */
  readonly refunds: 'none' | 'full' | 'partial'
  /** The bearer with which this bank calls us. */
  readonly bankToken: string
  /** Our path for its KHQR notices, e.g. "/AMK/khqr". */
  readonly webhookPath: string
  /** Our path for its inquiries and bill confirmations, e.g. "/AMK/payments". */
  readonly paymentsPath: string
}

export type SimulatedAccount = {
  readonly merchantId: string
  readonly currency: 'USD' | 'KHR'
  readonly storeId: string
  readonly terminalId: string
  /** The payee its codes name (tag 29 or 30, sub-tag 00). */
  readonly payeeAccount: string
  /** With it the code is a merchant's (tag 30, sub-tag 01); without it an individual's (tag 29). */
  readonly payeeMerchantId?: string | undefined
  readonly merchantName: string
  readonly city: string
}

export type SignatureProfile = {
  readonly order: 'wire' | 'sorted'
  readonly join: '' | '|' | ',' | 'k=v&'
  readonly key: 'text' | 'base64'
  readonly output: 'base64' | 'hex' | 'HEX'
  readonly timestamp: 'ms' | 's'
}

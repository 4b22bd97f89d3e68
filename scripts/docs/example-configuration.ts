/** Made-up values that look made up. A test reads it with the hub's own readers, in live mode. */
export const exampleConfiguration = `mode: live
bind: 10.0.0.5
checkout:
  origin: https://pay.example
log:
  level: info
banks:
  AMK:
    numeric-id: 4
    allowed-addresses: ["203.0.113.0/24"]
    notices:
      settle-bills: true
      per-payment: { USD: "5000.00", KHR: "20000000" }
    base_url: https://bank.example/api
    verify-payment-url: https://bank.example/payment-verify
    merchant-id: "900000000000001"
    store-id: "800000000000001"
    terminal-id: "70000001"
    currency: USD
    payee-account: example@bank
    payee-merchant-id: M-0001
    secret-key: example-key-not-real
    auth:
      username: example-user
      password: example-password
  BAKONG:
    numeric-id: 5
    top-ups: true
    account-id: example@bank
    merchant-name: Example Shop
    token: example-token-not-real
    email: example@bank.example
policySystems:
  POLICIES:
    base-url: https://policies.example/api
    auth: { kind: header, name: X-Api-Key, secret: example-key-not-real }
    prefixes: ["P", ""]
    look-up:
      path: /policies/{number}
      number: policy.number
      payer: policy.payerName
      amount: policy.premium.amount
      currency: policy.premium.currency
      due-date: policy.premium.dueDate
      email: policy.contact.email
    credit:
      path: /credits
      body: { externalId: "{paymentNumber}", policyNumber: "{policyNumber}", amount: "#amount", currency: "{currency}" }
      reference: creditId
    find-credit:
      path: /credits/{paymentNumber}
      reference: creditId
`

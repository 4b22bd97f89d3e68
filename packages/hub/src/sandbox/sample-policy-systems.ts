import type { SandboxSecrets } from './secrets.ts'

/** Two policy systems of invented shapes, as `policySystems` in a configuration file. */
export function samplePolicySystems(secrets: SandboxSecrets, simulatorUrl: string): Record<string, unknown> {
  return {
    DLIS: sampleDlis(secrets.policySystems['DLIS']?.key, simulatorUrl),
    INGENIUM: sampleIngenium(secrets.policySystems['INGENIUM']?.key, simulatorUrl),
  }
}

/** Amounts as text; a payment credited twice is credited once, and so are credit notes. */
function sampleDlis(secret: string | undefined, simulatorUrl: string): unknown {
  return {
    'base-url': `${simulatorUrl}/dlis/api/v1`,
    'allow-plain-http': true,
    auth: { kind: 'header', name: 'X-Api-Key', secret },
    prefixes: ['P'],
    'look-up': {
      path: '/policies/{number}',
      number: 'policy.number',
      payer: 'policy.payerName',
      amount: 'policy.premium.amount',
      currency: 'policy.premium.currency',
      'due-date': 'policy.premium.dueDate',
      ...contact('policy.contact', 'phone'),
    },
    credit: {
      path: '/credits',
      body: {
        externalId: '{paymentNumber}',
        policyNumber: '{policyNumber}',
        amount: '{amount}',
        currency: '{currency}',
        dueDate: '{dueDate}',
        paidAt: '{paidAt}',
        channel: '{bank}',
        transactionId: '{transactionId}',
      },
      reference: 'creditId',
      idempotent: true,
    },
    'find-credit': { path: '/credits/{paymentNumber}', reference: 'creditId' },
    'credit-note': {
      path: '/credit-notes',
      body: {
        externalId: '{refundId}',
        creditExternalId: '{paymentNumber}',
        policyNumber: '{policyNumber}',
        amount: '{amount}',
        currency: '{currency}',
        reason: '{reason}',
        refundedAt: '{refundedAt}',
      },
      reference: 'creditNoteId',
      idempotent: true,
    },
    'find-credit-note': { path: '/credit-notes/{refundId}', reference: 'creditNoteId' },
    'health-path': '/policies/HEALTH0000',
  }
}

/** Amounts as numbers; nothing is idempotent. */
function sampleIngenium(secret: string | undefined, simulatorUrl: string): unknown {
  return {
    'base-url': `${simulatorUrl}/ingenium`,
    'allow-plain-http': true,
    auth: { kind: 'bearer', secret },
    prefixes: [''],
    'look-up': {
      path: '/inquiry?contractNo={number}',
      number: 'contractNo',
      payer: 'owner.fullName',
      amount: 'billing.due',
      currency: 'billing.ccy',
      'due-date': 'billing.dueOn',
      ...contact('owner', 'mobile'),
    },
    credit: {
      path: '/premium-receipts',
      body: {
        contractNo: '{policyNumber}',
        amount: '#amount',
        ccy: '{currency}',
        reference: '{paymentNumber}',
        dueOn: '{dueDate}',
        paidOn: '{paidAt}',
      },
      reference: 'receiptNo',
    },
    'find-credit': { path: '/premium-receipts?reference={paymentNumber}', reference: 'receipts.0.receiptNo' },
    'credit-note': {
      path: '/receipt-reversals',
      body: {
        contractNo: '{policyNumber}',
        amount: '#amount',
        ccy: '{currency}',
        reference: '{refundId}',
        receiptReference: '{paymentNumber}',
        reason: '{reason}',
        reversedOn: '{refundedAt}',
      },
      reference: 'reversalNo',
    },
    'find-credit-note': { path: '/receipt-reversals?reference={refundId}', reference: 'reversals.0.reversalNo' },
    'health-path': '/inquiry?contractNo=HEALTH0000',
  }
}

function contact(holder: string, phone: string) {
  return { email: `${holder}.email`, phone: `${holder}.${phone}` }
}

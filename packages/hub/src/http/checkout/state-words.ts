import type { SuspenseReason } from '../../domain/payment.ts'
import type { PageState } from './page-state.ts'
import type { Words } from './words.ts'

/** What is said first, by state. */
export const headings: Readonly<Record<PageState, Words>> = {
  loading: { en: () => 'The code is being made', km: () => 'កំពុងបង្កើតកូដ' },
  ready: { en: () => 'Scan to pay', km: () => 'ស្កេនដើម្បីបង់ប្រាក់' },
  bank_page: { en: () => 'Pay on the bank’s page', km: () => 'បង់ប្រាក់លើទំព័ររបស់ធនាគារ' },
  waiting: { en: () => 'Waiting for the bank', km: () => 'កំពុងរង់ចាំធនាគារ' },
  disabled: { en: () => 'This payment method is switched off', km: () => 'វិធីបង់ប្រាក់នេះត្រូវបានបិទ' },
  part: { en: () => 'A part has arrived', km: () => 'ប្រាក់មួយផ្នែកបានមកដល់' },
  held: { en: () => 'Your money has arrived', km: () => 'ប្រាក់របស់អ្នកបានមកដល់' },
  paid: { en: () => 'Paid', km: () => 'បានបង់ប្រាក់រួច' },
  late: { en: () => 'Paid, a little late', km: () => 'បានបង់ប្រាក់រួច (យឺតបន្តិច)' },
  paid_twice: { en: () => 'Paid twice', km: () => 'បានបង់ប្រាក់ពីរដង' },
  failed: { en: () => 'Not paid', km: () => 'ការបង់ប្រាក់មិនបានសម្រេច' },
  cancelled: { en: () => 'Cancelled', km: () => 'បានបោះបង់' },
  expired: { en: () => 'Expired', km: () => 'ផុតកំណត់' },
}

/** What has arrived and why it does not simply count, by the reason it is held for. */
export const heldWords: Readonly<Record<SuspenseReason | 'unclear', Words>> = {
  underpaid: {
    en: ({ held, amount }) => `${held} arrived, and ${amount} was asked for: it is too little.`,
    km: ({ held, amount }) => `${held} បានមកដល់ ប៉ុន្តែត្រូវបង់ ${amount}៖ វាតិចជាងចំនួនដែលត្រូវបង់។`,
  },
  overpaid: {
    en: ({ held, amount }) => `${held} arrived, and only ${amount} was asked for.`,
    km: ({ held, amount }) => `${held} បានមកដល់ ប៉ុន្តែត្រូវបង់តែ ${amount} ប៉ុណ្ណោះ។`,
  },
  currency_mismatch: {
    en: ({ held, amount }) => `${held} arrived, and ${amount} was asked for: it is another currency.`,
    km: ({ held, amount }) => `${held} បានមកដល់ ប៉ុន្តែត្រូវបង់ ${amount}៖ វាជារូបិយប័ណ្ណផ្សេង។`,
  },
  late: {
    en: ({ held }) => `${held} was found after this payment had ended.`,
    km: ({ held }) => `${held} ត្រូវបានរកឃើញក្រោយពេលការបង់ប្រាក់នេះបានបញ្ចប់។`,
  },
  already_paid: {
    en: ({ held }) => `${held} arrived, and this had been paid before, another way.`,
    km: ({ held }) => `${held} បានមកដល់ ប៉ុន្តែវាត្រូវបានបង់តាមវិធីផ្សេងរួចហើយ។`,
  },
  duplicate_payment: {
    en: ({ held }) => `${held} arrived once more, after this had been paid.`,
    km: ({ held }) => `${held} បានមកដល់ម្ដងទៀត ក្រោយពេលបានបង់រួច។`,
  },
  unknown_payment: unclear(),
  notice_disagrees: unclear(),
  unclear: unclear(),
}

function unclear(): Words {
  return {
    en: ({ held }) => `${held} arrived, and it is not clear yet what it is for.`,
    km: ({ held }) => `${held} បានមកដល់ ប៉ុន្តែមិនទាន់ច្បាស់ថាវាសម្រាប់អ្វីទេ។`,
  }
}

/** What happens now, and to the money. */
export const moneyWords = {
  loadingMore: {
    en: () => 'One moment: it appears here by itself.',
    km: () => 'សូមរង់ចាំបន្តិច៖ វានឹងបង្ហាញនៅទីនេះដោយស្វ័យប្រវត្តិ។',
  },
  readyMore: {
    en: () => 'Scan this KHQR with any Cambodian banking app, and check the name and the amount before you pay.',
    km: () => 'សូមស្កេន KHQR នេះជាមួយកម្មវិធីធនាគារណាមួយនៅកម្ពុជា ហើយពិនិត្យឈ្មោះ និងចំនួនទឹកប្រាក់មុនពេលបង់។',
  },
  payBefore: { en: ({ time }) => `Pay before ${time}.`, km: ({ time }) => `សូមបង់មុន ${time}។` },
  bank_pageMore: {
    en: ({ time }) => `Press the button: the bank’s own page takes you through the payment. Pay before ${time}.`,
    km: ({ time }) => `សូមចុចប៊ូតុង៖ ទំព័ររបស់ធនាគារនឹងនាំអ្នកបង់ប្រាក់។ សូមបង់មុន ${time}។`,
  },
  looksAgainOnly: {
    en: () => 'This page looks again by itself. You may close it.',
    km: () => 'ទំព័រនេះពិនិត្យម្ដងទៀតដោយស្វ័យប្រវត្តិ។ អ្នកអាចបិទវាបាន។',
  },
  looksAgain: {
    en: () => 'This page looks again by itself. You may close it: a payment counts all the same.',
    km: () => 'ទំព័រនេះពិនិត្យម្ដងទៀតដោយស្វ័យប្រវត្តិ។ អ្នកអាចបិទវាបាន៖ ការបង់ប្រាក់នៅតែត្រូវបានទទួល។',
  },
  delayed: {
    en: ({ merchant }) =>
      'A payment of this code may be confirmed later, not at once: the bank answers only so many questions a day. ' +
      `We then learn of it from a later answer of the bank, from its statement, or from ${merchant}. ` +
      'Keep your bank’s receipt.',
    km: ({ merchant }) =>
      'ការបង់ប្រាក់តាមកូដនេះអាចនឹងត្រូវបញ្ជាក់នៅពេលក្រោយ មិនមែនភ្លាមៗទេ៖ ធនាគារឆ្លើយសំណួរបានតែចំនួនកំណត់ក្នុងមួយថ្ងៃ។ ' +
      `យើងនឹងដឹងតាមចម្លើយក្រោយរបស់ធនាគារ តាមរបាយការណ៍ធនាគារ ឬតាម ${merchant}។ សូមរក្សាទុកបង្កាន់ដៃធនាគាររបស់អ្នក។`,
  },
  nextLook: {
    en: ({ time }) => `The bank is asked next at ${time}.`,
    km: ({ time }) => `យើងនឹងសួរធនាគារម្ដងទៀតនៅ${time}។`,
  },
  waitingMore: {
    en: () =>
      'The code has ended. Do not pay it any more. If you have paid, wait: the bank is asked once more, and your money counts when it is found.',
    km: () =>
      'កូដនេះផុតកំណត់ហើយ។ សូមកុំបង់តាមកូដនេះទៀត។ ប្រសិនបើអ្នកបានបង់រួច សូមរង់ចាំ៖ យើងសួរធនាគារម្ដងទៀត ហើយប្រាក់របស់អ្នកនឹងត្រូវបានទទួលនៅពេលរកឃើញ។',
  },
  waitingTold: {
    en: () =>
      'The code has ended. Do not pay it any more. If you have paid, wait: your money counts when the bank tells us of it.',
    km: () => 'កូដនេះផុតកំណត់ហើយ។ សូមកុំបង់តាមកូដនេះទៀត។ ប្រសិនបើអ្នកបានបង់រួច សូមរង់ចាំ៖ ប្រាក់របស់អ្នកនឹងត្រូវបានទទួល នៅពេលធនាគារប្រាប់យើង។',
  },
  saidPaidMore: {
    en: () => 'Do not pay again. As soon as the bank confirms it, this page says so.',
    km: () => 'សូមកុំបង់ម្ដងទៀត។ នៅពេលធនាគារបញ្ជាក់ ទំព័រនេះនឹងបង្ហាញភ្លាម។',
  },
  disabledMore: {
    en: () =>
      'Please do not pay the code that was here. If you have paid it, your money is not lost: it is looked for as before, and counts when it is found.',
    km: () =>
      'សូមកុំបង់តាមកូដដែលធ្លាប់បង្ហាញនៅទីនេះ។ ប្រសិនបើអ្នកបានបង់រួច ប្រាក់របស់អ្នកមិនបាត់ទេ៖ យើងនៅតែស្វែងរកវា ហើយនឹងទទួលស្គាល់វានៅពេលរកឃើញ។',
  },
  partMore: {
    en: ({ settled, amount, merchant }) =>
      `${settled} of ${amount} has arrived so far. It is not lost. Ask ${merchant} how to pay the rest.`,
    km: ({ settled, amount, merchant }) =>
      `${settled} ក្នុងចំណោម ${amount} បានមកដល់។ វាមិនបាត់ទេ។ សូមសួរ ${merchant} អំពីរបៀបបង់ប្រាក់ដែលនៅសល់។`,
  },
  heldMore: {
    en: ({ merchant }) =>
      `It is under review, and is not lost: it is kept until ${merchant} decides whether it counts or goes back to you. ` +
      'Do not pay again before you have asked. Show them your bank’s receipt and the case code below.',
    km: ({ merchant }) =>
      `យើងកំពុងពិនិត្យវា ហើយវាមិនបាត់ឡើយ៖ វាត្រូវបានរក្សាទុករហូតដល់ ${merchant} សម្រេចថាទទួល ឬផ្ញើត្រឡប់ទៅអ្នកវិញ។ ` +
      'សូមកុំបង់ម្ដងទៀតមុនពេលសួរពួកគេ។ សូមបង្ហាញបង្កាន់ដៃធនាគារ និងលេខករណីខាងក្រោម។',
  },
  heldElsewhere: {
    en: ({ merchant }) =>
      `Money for the same bill arrived by an earlier code. It is under review, and is not lost: it is kept until ${merchant} decides. ` +
      'Please do not pay before you have asked them: what you pay now would have to wait as well.',
    km: ({ merchant }) =>
      `ប្រាក់សម្រាប់វិក្កយបត្រដដែលបានមកដល់តាមកូដមុន។ វាកំពុងត្រូវបានពិនិត្យ ហើយមិនបាត់ឡើយ៖ វាត្រូវបានរក្សាទុករហូតដល់ ${merchant} សម្រេច។ ` +
      'សូមកុំបង់ប្រាក់មុនពេលសួរពួកគេ៖ ប្រាក់ដែលអ្នកបង់ឥឡូវនេះនឹងត្រូវរង់ចាំដូចគ្នា។',
  },
  paidMore: {
    en: ({ amount, merchant }) => `Thank you. ${amount} has arrived at ${merchant}.`,
    km: ({ amount, merchant }) => `សូមអរគុណ។ ${amount} បានមកដល់ ${merchant} ហើយ។`,
  },
  paidLate: {
    en: () => 'It came after the code had ended, and counts all the same.',
    km: () => 'វាមកដល់ក្រោយពេលកូដផុតកំណត់ ប៉ុន្តែនៅតែត្រូវបានទទួល។',
  },
  paidAfterClosing: {
    en: () => 'It came after this payment had been given up, and counts all the same.',
    km: () => 'វាមកដល់ក្រោយពេលការបង់ប្រាក់នេះត្រូវបានបោះបង់ ប៉ុន្តែនៅតែត្រូវបានទទួល។',
  },
  paidMoreThanOwed: {
    en: ({ merchant }) =>
      `More money arrived than was asked for. The rest is not lost: it is kept until ${merchant} decides. Ask them to send it back, with the case code below.`,
    km: ({ merchant }) =>
      `ប្រាក់ដែលមកដល់លើសចំនួនដែលត្រូវបង់។ ចំនួនលើសមិនបាត់ទេ៖ វាត្រូវបានរក្សាទុករហូតដល់ ${merchant} សម្រេច។ សូមសុំឱ្យពួកគេផ្ញើវាត្រឡប់មកវិញ ដោយប្រាប់លេខករណីខាងក្រោម។`,
  },
  waitsOfIt: { en: ({ held }) => `${held} of it waits.`, km: ({ held }) => `ក្នុងនោះ ${held} កំពុងរង់ចាំ។` },
  going_back: {
    en: ({ held }) => `Of the money that arrived, ${held} is being sent back.`,
    km: ({ held }) => `ក្នុងចំណោមប្រាក់ដែលបានមកដល់ ${held} កំពុងត្រូវបានផ្ញើត្រឡប់ទៅវិញ។`,
  },
  sent_back: {
    en: ({ held }) => `Of the money that arrived, ${held} has been sent back.`,
    km: ({ held }) => `ក្នុងចំណោមប្រាក់ដែលបានមកដល់ ${held} ត្រូវបានផ្ញើត្រឡប់ទៅវិញហើយ។`,
  },
  taken_back: {
    en: ({ held }) => `Of the money that arrived, the bank has taken ${held} back.`,
    km: ({ held }) => `ក្នុងចំណោមប្រាក់ដែលបានមកដល់ ធនាគារបានយក ${held} ត្រឡប់ទៅវិញ។`,
  },
  counts_elsewhere: {
    en: ({ held, merchant }) =>
      `Of the money that arrived, ${held} counts for another payment. Ask ${merchant} which one.`,
    km: ({ held, merchant }) => `ក្នុងចំណោមប្រាក់ដែលបានមកដល់ ${held} ត្រូវបានគិតសម្រាប់ការបង់ប្រាក់ផ្សេង។ សូមសួរ ${merchant} ថាមួយណា។`,
  },
  written_off: {
    en: ({ held, merchant }) =>
      `Of the money that arrived, ${held} does not count for this payment. Ask ${merchant} what became of it.`,
    km: ({ held, merchant }) =>
      `ក្នុងចំណោមប្រាក់ដែលបានមកដល់ ${held} មិនត្រូវបានគិតសម្រាប់ការបង់ប្រាក់នេះទេ។ សូមសួរ ${merchant} អំពីប្រាក់នោះ។`,
  },
  allBackHeading: { en: () => 'Paid, and gone back', km: () => 'បានបង់ ហើយប្រាក់បានត្រឡប់ទៅវិញ' },
  hadArrived: {
    en: ({ amount, merchant }) => `${amount} had arrived at ${merchant}.`,
    km: ({ amount, merchant }) => `${amount} បានមកដល់ ${merchant} មុននេះ។`,
  },
  failedMore: {
    en: () => 'The bank refused this payment. Do not pay this code again.',
    km: () => 'ធនាគារបានបដិសេធការបង់ប្រាក់នេះ។ សូមកុំបង់តាមកូដនេះម្ដងទៀត។',
  },
  cancelledMore: {
    en: () => 'This payment was cancelled. Do not pay its code.',
    km: () => 'ការបង់ប្រាក់នេះត្រូវបានបោះបង់។ សូមកុំបង់តាមកូដរបស់វា។',
  },
  expiredMore: {
    en: () => 'The time to pay is over, and no payment is known. Do not pay this code.',
    km: () => 'ពេលវេលាបង់ប្រាក់បានផុតហើយ ហើយយើងមិនទាន់ឃើញមានការបង់ប្រាក់ទេ។ សូមកុំបង់តាមកូដនេះ។',
  },
  billPaidHeading: { en: () => 'Paid already', km: () => 'បានបង់រួចហើយ' },
  billPaid: {
    en: () => 'This has been paid by another payment: nothing is due any more. Do not pay this code.',
    km: () => 'វាត្រូវបានបង់តាមការបង់ប្រាក់ផ្សេងរួចហើយ៖ មិនចាំបាច់បង់ទៀតទេ។ សូមកុំបង់តាមកូដនេះ។',
  },
  goneMore: {
    en: ({ merchant }) => `Money arrived, and does not count for this payment. Ask ${merchant} what became of it.`,
    km: ({ merchant }) => `មានប្រាក់បានមកដល់ ប៉ុន្តែមិនត្រូវបានគិតសម្រាប់ការបង់ប្រាក់នេះទេ។ សូមសួរ ${merchant} អំពីប្រាក់នោះ។`,
  },
  doNotPay: { en: () => 'Do not pay this code.', km: () => 'សូមកុំបង់តាមកូដនេះ។' },
  lateCounts: {
    en: ({ time }) => `If you have paid, it is looked for until ${time}, and counts when it is found.`,
    km: ({ time }) => `ប្រសិនបើអ្នកបានបង់ប្រាក់ យើងនៅតែស្វែងរកវារហូតដល់ ${time} ហើយនឹងទទួលស្គាល់វានៅពេលរកឃើញ។`,
  },
  lateIsHeld: {
    en: ({ merchant, time }) =>
      `If you have paid, it is looked for until ${time}, and kept until ${merchant} decides when it is found.`,
    km: ({ merchant, time }) =>
      `ប្រសិនបើអ្នកបានបង់ប្រាក់ យើងនៅតែស្វែងរកវារហូតដល់ ${time} ហើយនៅពេលរកឃើញ វាត្រូវបានរក្សាទុករហូតដល់ ${merchant} សម្រេច។`,
  },
  lateByReceipt: {
    en: ({ merchant }) => `If you have paid, show your bank’s receipt and the case code below to ${merchant}.`,
    km: ({ merchant }) => `ប្រសិនបើអ្នកបានបង់ប្រាក់ សូមបង្ហាញបង្កាន់ដៃធនាគារ និងលេខករណីខាងក្រោមទៅ ${merchant}។`,
  },
} as const satisfies Record<string, Words>

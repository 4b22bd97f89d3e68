import type { Language } from '../language.ts'

/** What sentences are about. Texts are shown as they are, never as markup. */
export type Subject = {
  readonly amount: string
  readonly merchant: string
  /** A moment in Phnom Penh, in words. */
  readonly time: string
}

type Sentence = (subject: Subject) => string

/** Every sentence of the page, in both languages. Each must be true whenever it is shown: money is what it speaks of. */
export const sentences = {
  title: {
    en: ({ amount, merchant }) => `Pay ${amount} to ${merchant}`,
    km: ({ amount, merchant }) => `បង់ប្រាក់ ${amount} ទៅ ${merchant}`,
  },
  preparing: { en: () => 'The code is being made', km: () => 'កំពុងបង្កើតកូដ' },
  ready: { en: () => 'Scan to pay', km: () => 'ស្កេនដើម្បីបង់ប្រាក់' },
  atBank: { en: () => 'Pay on the bank’s page', km: () => 'បង់ប្រាក់លើទំព័ររបស់ធនាគារ' },
  checking: { en: () => 'The code has ended', km: () => 'កូដនេះផុតកំណត់ហើយ' },
  part: { en: () => 'A part has arrived', km: () => 'ប្រាក់មួយផ្នែកបានមកដល់' },
  held: { en: () => 'Your money has arrived', km: () => 'ប្រាក់របស់អ្នកបានមកដល់' },
  paid: { en: () => 'Paid', km: () => 'បានបង់ប្រាក់រួច' },
  failed: { en: () => 'Not paid', km: () => 'ការបង់ប្រាក់មិនបានសម្រេច' },
  cancelled: { en: () => 'Given up', km: () => 'បានបោះបង់' },
  expired: { en: () => 'Expired', km: () => 'ផុតកំណត់' },
  notFound: { en: () => 'There is no such page', km: () => 'គ្មានទំព័រនេះទេ' },
  trouble: { en: () => 'This cannot be shown now', km: () => 'មិនអាចបង្ហាញបានទេឥឡូវនេះ' },

  preparingMore: {
    en: () => 'One moment: this page looks again by itself.',
    km: () => 'សូមរង់ចាំបន្តិច៖ ទំព័រនេះពិនិត្យម្ដងទៀតដោយស្វ័យប្រវត្តិ។',
  },
  readyMore: {
    en: ({ time }) => `Scan this KHQR with any Cambodian banking app. Pay before ${time}.`,
    km: ({ time }) => `សូមស្កេន KHQR នេះជាមួយកម្មវិធីធនាគារណាមួយនៅកម្ពុជា។ សូមបង់មុន ${time}។`,
  },
  atBankMore: {
    en: ({ time }) => `Press the button: the bank’s own page takes you through the payment. Pay before ${time}.`,
    km: ({ time }) => `សូមចុចប៊ូតុង៖ ទំព័ររបស់ធនាគារនឹងនាំអ្នកបង់ប្រាក់។ សូមបង់មុន ${time}។`,
  },
  looksAgain: {
    en: () => 'This page looks again by itself. Closing it changes nothing: a payment counts all the same.',
    km: () => 'ទំព័រនេះពិនិត្យម្ដងទៀតដោយស្វ័យប្រវត្តិ។ ការបិទវាមិនប៉ះពាល់អ្វីឡើយ៖ ការបង់ប្រាក់នៅតែត្រូវបានទទួល។',
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
  checkingMore: {
    en: () => 'Do not pay it any more. If you have paid, wait: the bank is asked once more.',
    km: () => 'សូមកុំបង់តាមកូដនេះទៀត។ ប្រសិនបើអ្នកបានបង់រួច សូមរង់ចាំ៖ យើងសួរធនាគារម្ដងទៀត។',
  },
  partMore: {
    en: ({ amount, merchant }) => `Less than ${amount} has arrived so far. Ask ${merchant} how to pay the rest.`,
    km: ({ amount, merchant }) => `ប្រាក់ដែលមកដល់តិចជាង ${amount}។ សូមសួរ ${merchant} អំពីរបៀបបង់ប្រាក់ដែលនៅសល់។`,
  },
  heldMore: {
    en: ({ merchant }) =>
      'It does not fit this payment (too little, too much, too late, or in another currency). ' +
      `It is kept until ${merchant} decides, and is not lost. Show them your bank’s receipt.`,
    km: ({ merchant }) =>
      'ប៉ុន្តែវាមិនត្រូវនឹងការបង់ប្រាក់នេះទេ (តិចពេក ច្រើនពេក យឺតពេក ឬជារូបិយប័ណ្ណផ្សេង)។ ' +
      `វាត្រូវបានរក្សាទុករហូតដល់ ${merchant} សម្រេច ហើយមិនបាត់ឡើយ។ សូមបង្ហាញបង្កាន់ដៃធនាគាររបស់អ្នកទៅពួកគេ។`,
  },
  paidMore: {
    en: ({ amount, merchant }) => `Thank you. ${amount} has arrived at ${merchant}.`,
    km: ({ amount, merchant }) => `សូមអរគុណ។ ${amount} បានមកដល់ ${merchant} ហើយ។`,
  },
  paidLate: {
    en: () => 'It came after the code had ended, and counts all the same.',
    km: () => 'វាមកដល់ក្រោយពេលកូដផុតកំណត់ ប៉ុន្តែនៅតែត្រូវបានទទួល។',
  },
  paidMoreThanOwed: {
    en: ({ merchant }) =>
      `More money arrived than was asked for. The rest is kept until ${merchant} decides: ask them to send it back.`,
    km: ({ merchant }) =>
      `ប្រាក់ដែលមកដល់លើសចំនួនដែលត្រូវបង់។ ចំនួនលើសត្រូវបានរក្សាទុករហូតដល់ ${merchant} សម្រេច៖ សូមសុំឱ្យពួកគេផ្ញើវាត្រឡប់មកវិញ។`,
  },
  sentBack: {
    en: () => 'Money of this payment has gone back since.',
    km: () => 'ប្រាក់នៃការបង់នេះត្រូវបានផ្ញើត្រឡប់ទៅវិញហើយ។',
  },
  failedMore: {
    en: () => 'The bank refused this payment. Do not pay this code again.',
    km: () => 'ធនាគារបានបដិសេធការបង់ប្រាក់នេះ។ សូមកុំបង់តាមកូដនេះម្ដងទៀត។',
  },
  cancelledMore: {
    en: () => 'This payment was given up before money arrived. Do not pay its code.',
    km: () => 'ការបង់ប្រាក់នេះត្រូវបានបោះបង់មុនពេលប្រាក់មកដល់។ សូមកុំបង់តាមកូដរបស់វា។',
  },
  expiredMore: {
    en: () => 'The time to pay is over, and no payment is known. Do not pay this code.',
    km: () => 'ពេលវេលាបង់ប្រាក់បានផុតហើយ ហើយយើងមិនទាន់ឃើញមានការបង់ប្រាក់ទេ។ សូមកុំបង់តាមកូដនេះ។',
  },
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
    en: ({ merchant }) => `If you have paid, show your bank’s receipt and the number below to ${merchant}.`,
    km: ({ merchant }) => `ប្រសិនបើអ្នកបានបង់ប្រាក់ សូមបង្ហាញបង្កាន់ដៃធនាគារ និងលេខខាងក្រោមទៅ ${merchant}។`,
  },
  askedAndUnsure: {
    en: () =>
      'The bank was asked just now and could not confirm a payment yet. If you have paid, it is found later too: keep your bank’s receipt.',
    km: () =>
      'ធនាគារត្រូវបានសួរអម្បាញ់មិញ ប៉ុន្តែមិនទាន់អាចបញ្ជាក់ការបង់ប្រាក់បានទេ។ ប្រសិនបើអ្នកបានបង់ វានឹងត្រូវបានរកឃើញនៅពេលក្រោយ៖ សូមរក្សាទុកបង្កាន់ដៃធនាគាររបស់អ្នក។',
  },
  notAskedNow: {
    en: () =>
      'The bank cannot be asked again just now; it is asked again without you. If you have paid, keep your bank’s receipt.',
    km: () => 'មិនអាចសួរធនាគារម្ដងទៀតបានទេឥឡូវនេះ យើងនឹងសួរវាដោយមិនបាច់មានអ្នក។ ប្រសិនបើអ្នកបានបង់ សូមរក្សាទុកបង្កាន់ដៃធនាគាររបស់អ្នក។',
  },
  notFoundMore: {
    en: () => 'Check the link, or ask whoever gave it to you for a new one. No payment was made here.',
    km: () => 'សូមពិនិត្យតំណ ឬសុំតំណថ្មីពីអ្នកដែលបានផ្ញើវាមក។ គ្មានការបង់ប្រាក់ណាមួយត្រូវបានធ្វើនៅទីនេះទេ។',
  },
  troubleMore: {
    en: () => 'Nothing about your payment has changed. Load this page again in a moment.',
    km: () => 'គ្មានអ្វីប្រែប្រួលចំពោះការបង់ប្រាក់របស់អ្នកទេ។ សូមបើកទំព័រនេះម្ដងទៀតក្នុងពេលបន្តិច។',
  },

  amountLabel: { en: () => 'Amount', km: () => 'ចំនួនទឹកប្រាក់' },
  merchantLabel: { en: () => 'Paid to', km: () => 'បង់ទៅ' },
  billLabel: { en: () => 'Bill number', km: () => 'លេខវិក្កយបត្រ' },
  orderLabel: { en: () => 'Order number', km: () => 'លេខបញ្ជាទិញ' },
  toBank: { en: () => 'Go to the bank’s page', km: () => 'ទៅទំព័ររបស់ធនាគារ' },
  paidButton: { en: () => 'I have paid', km: () => 'ខ្ញុំបានបង់ប្រាក់រួចហើយ' },
  openApp: { en: () => 'Open a banking app', km: () => 'បើកកម្មវិធីធនាគារ' },
  receipt: { en: () => 'Show the receipt', km: () => 'មើលបង្កាន់ដៃ' },
  backToShop: { en: () => 'Back to the shop', km: () => 'ត្រឡប់ទៅហាងវិញ' },
  goWithoutPaying: { en: () => 'Go back without paying', km: () => 'ត្រឡប់ក្រោយដោយមិនបង់ប្រាក់' },
} as const satisfies Record<string, Record<Language, Sentence>>

export type SentenceName = keyof typeof sentences

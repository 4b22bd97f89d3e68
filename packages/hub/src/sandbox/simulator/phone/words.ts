import type { Way } from './pay-ways.ts'

export type Language = 'km' | 'en'
type Sentence = Readonly<Record<Language, string>>

/** What the phone says. */
export const words = {
  app: { en: 'Sandbox Bank', km: 'ធនាគារសាកល្បង' },
  noMoney: { en: 'Played by KHQR Hub. No real money exists here.', km: 'ដំណើរការដោយ KHQR Hub។ គ្មានប្រាក់ពិតនៅទីនេះទេ។' },
  scanTitle: { en: 'Scan', km: 'ស្កេន' },
  scanText: { en: 'Paste the code’s text', km: 'បិទភ្ជាប់អត្ថបទរបស់កូដ' },
  scanPicture: { en: 'or choose a picture of it', km: 'ឬជ្រើសរើសរូបភាពរបស់វា' },
  scanButton: { en: 'Scan', km: 'ស្កេន' },
  waitingTitle: { en: 'Waiting to be paid', km: 'រង់ចាំបង់ប្រាក់' },
  noneWaiting: {
    en: 'No code is waiting. Open a payment on the hub’s home page or through its API: its code appears here.',
    km: 'គ្មានកូដណារង់ចាំទេ។ សូមបើកការបង់ប្រាក់មួយនៅទំព័រដើមរបស់ hub ឬតាម API៖ កូដរបស់វានឹងបង្ហាញនៅទីនេះ។',
  },
  endedTitle: { en: 'Ended unpaid', km: 'ផុតកំណត់ដោយមិនបានបង់' },
  lookAgain: { en: 'Look again', km: 'ពិនិត្យម្ដងទៀត' },
  phnomPenh: { en: 'Phnom Penh', km: 'ភ្នំពេញ' },
  ends: { en: 'ends at', km: 'ផុតកំណត់ម៉ោង' },
  ended: { en: 'ended at', km: 'បានផុតកំណត់ម៉ោង' },
  endsNever: { en: 'does not end', km: 'មិនផុតកំណត់' },
  payTitle: { en: 'Pay', km: 'បង់ប្រាក់' },
  anyAmount: { en: 'any amount', km: 'ចំនួនណាក៏បាន' },
  to: { en: 'Paid to', km: 'បង់ទៅ' },
  account: { en: 'Account', km: 'គណនី' },
  bank: { en: 'Bank', km: 'ធនាគារ' },
  reference: { en: 'Reference', km: 'លេខយោង' },
  end: { en: 'Ends', km: 'ផុតកំណត់' },
  amount: { en: 'Amount', km: 'ចំនួនទឹកប្រាក់' },
  badDays: { en: 'Bad days: pay in another way', km: 'ថ្ងៃមិនល្អ៖ បង់តាមវិធីផ្សេង' },
  isEnded: { en: 'This code has ended: banking apps refuse it.', km: 'កូដនេះផុតកំណត់ហើយ៖ កម្មវិធីធនាគារបដិសេធវា។' },
  isPaid: {
    en: 'This code was paid already. Paying it again moves money again.',
    km: 'កូដនេះបានបង់រួចហើយ។ ការបង់ម្ដងទៀតនឹងផ្ទេរប្រាក់ម្ដងទៀត។',
  },
  isOver: {
    en: 'This code was paid or closed: the bank’s apps refuse it.',
    km: 'កូដនេះបានបង់ ឬត្រូវបានបិទ៖ កម្មវិធីរបស់ធនាគារបដិសេធវា។',
  },
  bakongTells: {
    en: 'Bakong sends no notice. The hub asks by itself within a minute, and at once when “I have paid” is pressed on the customer’s page.',
    km: 'Bakong មិនផ្ញើសារជូនដំណឹងទេ។ hub សួរដោយខ្លួនឯងក្នុងមួយនាទី ហើយសួរភ្លាមៗពេលចុច «ខ្ញុំបានបង់ប្រាក់រួចហើយ» លើទំព័ររបស់អតិថិជន។',
  },
  bakongTwice: {
    en: 'The same money moves a second time. Bakong says of a code that it was paid, not how often: the hub hears of one.',
    km: 'ប្រាក់ដដែលត្រូវបានផ្ទេរជាលើកទីពីរ។ Bakong ប្រាប់ថាកូដបានបង់ មិនប្រាប់ថាប៉ុន្មានដងទេ៖ hub ដឹងតែម្ដង។',
  },
  transaction: { en: 'Transaction', km: 'លេខប្រតិបត្តិការ' },
  back: { en: 'All waiting codes', km: 'កូដទាំងអស់ដែលរង់ចាំ' },
  refused: { en: 'Refused', km: 'ត្រូវបានបដិសេធ' },
  nothingMoved: { en: 'No money has moved.', km: 'គ្មានប្រាក់ត្រូវបានផ្ទេរទេ។' },
  noAmount: { en: 'Type an amount that can be paid in this way.', km: 'សូមវាយចំនួនទឹកប្រាក់ដែលអាចបង់តាមវិធីនេះបាន។' },
  forgotten: { en: 'This receipt is not known any more.', km: 'បង្កាន់ដៃនេះលែងមានទៀតហើយ។' },
  notHere: { en: 'There is nothing here', km: 'គ្មានអ្វីនៅទីនេះទេ' },
  crossSite: {
    en: 'Another website sent this. Press the button on the phone itself.',
    km: 'គេហទំព័រផ្សេងបានផ្ញើសំណើនេះ។ សូមចុចប៊ូតុងលើទូរសព្ទផ្ទាល់។',
  },
  unreadable: {
    en: 'This is no KHQR. Paste the whole text of one, or choose a picture of it.',
    km: 'នេះមិនមែនជា KHQR ទេ។ សូមបិទភ្ជាប់អត្ថបទទាំងមូលរបស់វា ឬជ្រើសរើសរូបភាពរបស់វា។',
  },
  damaged: {
    en: 'This code is damaged: its last four characters do not fit the others. Copy all of it again.',
    km: 'កូដនេះខូច៖ តួអក្សរបួនចុងក្រោយមិនត្រូវនឹងតួអក្សរផ្សេងទៀតទេ។ សូមចម្លងកូដទាំងមូលម្ដងទៀត។',
  },
  foreign: {
    en: 'This is a payment code, but no KHQR: it names no Bakong account, or neither dollars nor riel.',
    km: 'នេះជាកូដបង់ប្រាក់ ប៉ុន្តែមិនមែន KHQR ទេ៖ វាមិនបញ្ជាក់គណនី Bakong ឬមិនមែនជាដុល្លារ ឬរៀល។',
  },
  tooLong: {
    en: 'This text is too long: a KHQR has at most 1,000 characters.',
    km: 'អត្ថបទនេះវែងពេក៖ KHQR មានយ៉ាងច្រើន 1,000 តួអក្សរ។',
  },
  noPicture: {
    en: 'No code was found in this picture. Choose one that shows all of the code, sharp and straight, or paste its text.',
    km: 'រកមិនឃើញកូដក្នុងរូបភាពនេះទេ។ សូមជ្រើសរើសរូបភាពច្បាស់ដែលបង្ហាញកូដទាំងមូល ឬបិទភ្ជាប់អត្ថបទរបស់វា។',
  },
  wrongFile: {
    en: 'This file is no PNG or JPEG. Choose a screenshot, or paste the code’s text.',
    km: 'ឯកសារនេះមិនមែនជា PNG ឬ JPEG ទេ។ សូមជ្រើសរើសរូបថតអេក្រង់ ឬបិទភ្ជាប់អត្ថបទរបស់កូដ។',
  },
  emptyFile: {
    en: 'This file is empty. Choose another picture, or paste the code’s text.',
    km: 'ឯកសារនេះទទេ។ សូមជ្រើសរើសរូបភាពផ្សេង ឬបិទភ្ជាប់អត្ថបទរបស់កូដ។',
  },
  tooLarge: {
    en: 'This picture is too large: at most 16 MB and 16 million pixels. A screenshot is enough.',
    km: 'រូបភាពនេះធំពេក៖ យ៉ាងច្រើន 16 MB និង 16 លានភីកសែល។ រូបថតអេក្រង់មួយគ្រប់គ្រាន់ហើយ។',
  },
  nothingScanned: { en: 'Paste a code’s text, or choose a picture.', km: 'សូមបិទភ្ជាប់អត្ថបទរបស់កូដ ឬជ្រើសរើសរូបភាព។' },
  elsewhere: {
    en: 'No bank of this sandbox has the account that this code names.',
    km: 'គ្មានធនាគារណានៅទីនេះមានគណនីដែលកូដនេះបញ្ជាក់ទេ។',
  },
  dead: {
    en: 'The bank says: transaction not found. Nobody can pay this code.',
    km: 'ធនាគារប្រាប់ថា៖ រកមិនឃើញប្រតិបត្តិការ។ គ្មាននរណាអាចបង់តាមកូដនេះបានទេ។',
  },
} as const satisfies Record<string, Sentence>

export type WordName = keyof typeof words

/** `button`: what is pressed. `title`: what is told after. `more`: what it plays, said before and after. */
export const wayWords: Readonly<Record<Way, { button: Sentence; title: Sentence; more: Sentence }>> = {
  normal: {
    button: { en: 'Pay', km: 'បង់ប្រាក់' },
    title: { en: 'Paid', km: 'បានបង់ប្រាក់រួច' },
    more: {
      en: 'The bank tells the hub: the customer’s page turns paid.',
      km: 'ធនាគារជូនដំណឹងដល់ hub៖ ទំព័ររបស់អតិថិជនប្រែជាបានបង់។',
    },
  },
  decline: {
    button: { en: 'Decline', km: 'បដិសេធ' },
    title: { en: 'Declined', km: 'បានបដិសេធ' },
    more: { en: 'Nothing moves, and nobody is told.', km: 'គ្មានប្រាក់ត្រូវបានផ្ទេរ ហើយគ្មាននរណាត្រូវបានជូនដំណឹងទេ។' },
  },
  twice: {
    button: { en: 'Pay twice', km: 'បង់ពីរដង' },
    title: { en: 'Paid twice', km: 'បានបង់ពីរដង' },
    more: { en: 'The same money moves a second time.', km: 'ប្រាក់ដដែលត្រូវបានផ្ទេរជាលើកទីពីរ។' },
  },
  short: {
    button: { en: 'Pay too little', km: 'បង់ខ្វះ' },
    title: { en: 'Paid too little', km: 'បានបង់ខ្វះ' },
    more: { en: 'Less arrives than the code asks for.', km: 'ប្រាក់មកដល់តិចជាងចំនួនក្នុងកូដ។' },
  },
  over: {
    button: { en: 'Pay too much', km: 'បង់លើស' },
    title: { en: 'Paid too much', km: 'បានបង់លើស' },
    more: { en: 'More arrives than the code asks for.', km: 'ប្រាក់មកដល់ច្រើនជាងចំនួនក្នុងកូដ។' },
  },
  'other-currency': {
    button: { en: 'Pay in the other currency', km: 'បង់ជារូបិយប័ណ្ណផ្សេង' },
    title: { en: 'Paid in the other currency', km: 'បានបង់ជារូបិយប័ណ្ណផ្សេង' },
    more: { en: 'At 4,000 riel a dollar.', km: '4,000 រៀលក្នុងមួយដុល្លារ។' },
  },
  late: {
    button: { en: 'Pay late', km: 'បង់យឺត' },
    title: { en: 'Paid late', km: 'បានបង់យឺត' },
    more: { en: 'By the bank’s clock it comes after the code’s end.', km: 'តាមនាឡិការបស់ធនាគារ ប្រាក់មកដល់ក្រោយកូដផុតកំណត់។' },
  },
  'webhook-lost': {
    button: { en: 'Pay, and lose the notice', km: 'បង់ ប៉ុន្តែសារជូនដំណឹងបាត់' },
    title: { en: 'Paid; the notice is lost', km: 'បានបង់ ប៉ុន្តែសារជូនដំណឹងបាត់' },
    more: { en: 'The bank tells nobody: the hub must ask.', km: 'ធនាគារមិនជូនដំណឹងអ្នកណាទេ៖ hub ត្រូវសួរដោយខ្លួនឯង។' },
  },
}

/** Late money at a bank that takes none. */
export const sentBack: Sentence = {
  en: 'It came too late: the bank has sent it back to you.',
  km: 'ប្រាក់មកដល់យឺតពេក៖ ធនាគារបានផ្ញើវាត្រឡប់មកអ្នកវិញ។',
}

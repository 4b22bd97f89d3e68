import type { TopupMethod } from '../../flows/open-topup.ts'
import type { Currency } from '../../money/money.ts'
import { inDigits, withWordBreaks } from '../khmer-text.ts'
import type { PageChoices } from '../page-choices.ts'
import type { PageLook } from '../page-look.ts'
import { shellOf } from '../page-shell.ts'
import { amountWords, escaped } from '../page-text.ts'
import type { FormProblems, TypedForm } from './read-form.ts'
import { type SentenceName, sentences } from './words.ts'

export type StartPage = {
  readonly choices: PageChoices
  readonly methods: readonly TopupMethod[]
  readonly typed: TypedForm
  readonly problems: FormProblems
  /** Why nothing was opened, where no field is to blame. */
  readonly trouble: SentenceName | undefined
}

type Say = (name: SentenceName, currency?: Currency) => string

/** A form that begins a top-up: for customers, and for staff at a counter. */
export function startPage(look: PageLook, page: StartPage): string {
  const { choices, methods, trouble, problems } = page
  const say = speaker(page)
  const isOpen = methods.length > 0
  const said: SentenceName | undefined = isOpen
    ? (trouble ?? (Object.keys(problems).length > 0 ? 'seeFields' : undefined))
    : 'closed'
  return shellOf(look, {
    ...choices,
    status: 'start',
    state: trouble === undefined && isOpen ? 'start' : 'error',
    title: say('title'),
    name: look.name ?? '',
    refresh: undefined,
    told: {},
    body: [
      `<h1 id="state" tabindex="-1">${say('title')}</h1>`,
      isOpen ? `<p>${say('more')}</p>` : '',
      said === undefined ? '' : `<p class="note" role="alert">${say(said)}</p>`,
      isOpen ? form(page, say) : '',
      look.contact === undefined ? '' : `<p class="quiet">${escaped(look.contact)}</p>`,
    ],
  })
}

function form(page: StartPage, say: Say): string {
  const { choices, methods, typed, problems } = page
  const currencies = [...new Set(methods.flatMap((method) => method.currencies))]
  const [first] = Object.keys(problems)
  const limits = currencies.map((currency) => say('amountHint', currency)).join(' ')
  return [
    `<form method="post" action="${escaped(choices.chosenPath)}">`,
    textField('user', typed.user, { say, problems, first, hint: say('userHint'), more: ' autocapitalize="none"' }),
    textField('amount', typed.amount, { say, problems, first, hint: limits, more: ' inputmode="decimal"' }),
    choice(
      'currency',
      currencies.map((currency) => [currency, say(currency)]),
      { say, problems, chosen: typed.currency },
    ),
    methods.length > 1
      ? choice(
          'method',
          methods.map(({ code }) => [code, escaped(code)]),
          { say, problems, chosen: typed.method },
        )
      : '',
    `<button>${say('submit')}</button></form>`,
  ].join('')
}

function textField(
  name: 'user' | 'amount',
  value: string,
  how: {
    readonly say: Say
    readonly problems: FormProblems
    readonly first: string | undefined
    readonly hint: string
    readonly more: string
  },
): string {
  const { say, problems, first, hint, more } = how
  const isWrong = problems[name] !== undefined
  const wrong = isWrong ? ` aria-invalid="true"${first === name ? ' autofocus' : ''}` : ''
  return (
    `<label for="${name}">${say(name)}</label>` +
    wrongLine(name, how) +
    `<input id="${name}" name="${name}" value="${escaped(value)}" maxlength="100" required autocomplete="off" spellcheck="false"` +
    `${more}${wrong} aria-describedby="${isWrong ? `${name}-wrong ` : ''}${name}-hint">` +
    `<p class="quiet" id="${name}-hint">${hint}</p>`
  )
}

function choice(
  name: 'currency' | 'method',
  options: readonly (readonly [value: string, label: string])[],
  how: { readonly say: Say; readonly problems: FormProblems; readonly chosen: string },
): string {
  const { say, problems, chosen } = how
  const described = problems[name] === undefined ? '' : ` aria-describedby="${name}-wrong"`
  const radios = options.map(
    ([value, label]) =>
      `<label><input type="radio" name="${name}" value="${escaped(value)}"${value === chosen ? ' checked' : ''}> <span>${label}</span></label>`,
  )
  return `<fieldset${described}><legend>${say(name)}</legend>${wrongLine(name, how)}${radios.join('')}</fieldset>`
}

function wrongLine(
  name: keyof TypedForm,
  { say, problems }: { readonly say: Say; readonly problems: FormProblems },
): string {
  const problem = problems[name]
  return problem === undefined ? '' : `<p class="wrong" id="${name}-wrong">${say(problem)}</p>`
}

function speaker({ choices, methods, typed }: StartPage): Say {
  const { language, digits } = choices
  return (name, currency) => {
    const of = currency ?? (typed.currency === 'KHR' ? 'KHR' : 'USD')
    const limits = methods.find((one) => one.currencies.includes(of))?.limits[of]
    const inWords = (which: 'min' | 'max') => (limits ? inDigits(amountWords(limits[which], language), digits) : '')
    const text = sentences[name][language]({ least: inWords('min'), most: inWords('max') })
    return escaped(language === 'km' ? withWordBreaks(text) : text)
  }
}

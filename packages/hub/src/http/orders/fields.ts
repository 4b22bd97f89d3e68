import { type Static, Type } from 'typebox'
import { decimalText, isJsonObject } from '../../kit/json.ts'
import { AmountError, type Currency, isCurrency, parseAmount } from '../../money/money.ts'
import { amountProblem } from '../amount-problem.ts'
import { listFields } from '../list.ts'
import { type FieldErrors, errorsOf } from '../read-input.ts'
import { addressErrors, returnAddresses } from '../return-address.ts'

// What requests about orders are made of. Each description begins with "must": errors and docs repeat it.

const strict = { additionalProperties: false }

/** Of one line, without a blank at either end: what shops call orders, and whatever the subject of a token may be. */
const label = (what: string) =>
  Type.String({
    pattern: '^(?! )[^\\p{Cc}\\p{Cs}\\u2028\\u2029]{1,64}(?<! )$',
    description: `must be 1 to 64 characters on one line, without a blank at either end: ${what}`,
  })

/** Characters that turn the direction of what stands around them: a text that holds one may read as another. */
const turns = '\\u061c\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069'
const visible = '(?!\\p{Default_Ignorable_Code_Point}|\\u2800)[\\p{L}\\p{N}\\p{P}\\p{S}]'
const uuidShape = '[\\da-fA-F]{8}(?:-[\\da-fA-F]{4}){3}-[\\da-fA-F]{12}'

/** Whoever asks by uuid or number must mean one order. */
const orderNumber = Type.String({
  pattern: `^(?! )(?!${uuidShape}$)(?=[^]*${visible})[^\\p{Cc}\\p{Cs}\\u2028\\u2029${turns}]{1,64}(?<! )$`,
  description:
    "must be 1 to 64 characters on one line, without a blank at either end, one of them visible and none that turns the direction of text, and no uuid: the shop's own number of the order, which no other order has",
})
const numberToFind = label('the number of an order')
const customerId = label('the customer, as the subject of his tokens names him')

/** Khmer writes vowels, subscripts and signs as marks, and parts words by a space of no width. */
const personName = Type.Optional(
  Type.String({
    pattern: "^(?=[^]*\\p{L})[\\p{L}\\p{M} '\\-\\u200b-\\u200d]{1,255}$",
    description: "must be 1 to 255 letters of any script, spaces, - and '",
  }),
)

const customerFields = {
  first_name: personName,
  last_name: personName,
  email: Type.Optional(
    Type.String({
      pattern: `^(?=[^]{3,254}$)[^\\s\\p{Cc}\\p{Cs}${turns}@<>"(),:;\\\\[\\]]{1,64}@[A-Za-z0-9-]{1,63}(?:\\.[A-Za-z0-9-]{1,63})+$`,
      description: 'must be an e-mail address of at most 254 characters, such as name@shop.example',
    }),
  ),
  phone: Type.Optional(
    Type.String({
      pattern: '^(?=[^]*[0-9])[0-9+\\-\\s()]{1,20}$',
      description: 'must be 1 to 20 digits, spaces, +, -, ( and )',
    }),
  ),
}

/** Most items of one order. */
const mostItems = 100
const mostOfOne = 1_000_000
const decimal = '^\\d{1,20}(?:\\.\\d{1,18})?$'

export const orderItem = Type.Object(
  {
    name: Type.String({
      pattern: '^[^\\p{Cc}\\p{Cs}\\u2028\\u2029]{1,255}$',
      description: 'must be 1 to 255 characters on one line',
    }),
    quantity: Type.Integer({
      minimum: 1,
      maximum: mostOfOne,
      description: `must be a whole number from 1 to ${mostOfOne}`,
    }),
    price: Type.String({
      pattern: decimal,
      description: 'must be a plain decimal such as "5.00": the price of one, in the order\'s currency',
    }),
  },
  strict,
)

export const orderCustomer = Type.Object(customerFields, strict)

export const newOrder = Type.Object(
  {
    order_number: orderNumber,
    customer_id: customerId,
    total: Type.String({ pattern: decimal, description: 'must be a plain decimal above zero such as "50.00"' }),
    currency: Type.String({ pattern: '^(?:USD|KHR)$', description: 'must be USD or KHR' }),
    items: Type.Optional(
      Type.Array(Type.Unknown(), {
        maxItems: mostItems,
        description: `must be a list of at most ${mostItems} {name, quantity, price}: a remark for the bank, not added up`,
      }),
    ),
    customer: Type.Optional(
      Type.Object({}, { description: 'must be {first_name, last_name, email, phone}, each of them optional' }),
    ),
    ...returnAddresses,
  },
  strict,
)

const methodCode = Type.Optional(
  Type.String({
    pattern: '^[A-Za-z0-9_]{1,64}$',
    description:
      'must be the code of a method that GET /api/order/v1/payment-methods lists, also with payway_ before it; ' +
      'abapay_khqr_deeplink unless given, or where that is not open the first of the list',
  }),
)

export const newPayment = Type.Object({ payment_method_code: methodCode, ...customerFields }, strict)

export const cancellation = Type.Object(
  {
    reason: Type.String({
      pattern: '^[^\\p{Cc}\\p{Cs}\\u2028\\u2029]{1,500}$',
      description: 'must be 1 to 500 characters on one line: why the order is cancelled',
    }),
  },
  strict,
)

export const orderFilter = Type.Object(
  { customer_id: Type.Optional(customerId), order_number: Type.Optional(numberToFind), ...listFields },
  strict,
)

export const moduleQuery = Type.Object(
  {
    modelType: Type.String({
      pattern: '^[^\\p{Cc}\\p{Cs}]{0,200}Order$',
      description: 'must end in "Order": what the order module calls its orders',
    }),
    modelId: label('the uuid or the order_number of the order'),
    amount: Type.String({ pattern: decimal, description: 'must be what is still to be paid, such as 50.00' }),
    payment_method_code: methodCode,
    ...customerFields,
    name: personName,
  },
  strict,
)

export const nothing = Type.Object({}, strict)

/** A new order that `errorsOfOrder` found nothing wrong with. */
export type OrderBody = Omit<Static<typeof newOrder>, 'currency' | 'items' | 'customer'> & {
  readonly currency: Currency
  readonly items?: readonly Static<typeof orderItem>[]
  readonly customer?: Static<typeof orderCustomer>
}

type Json = Readonly<Record<string, unknown>>

/** A new order's body with its numbers as they are compared: prices as text, quantities as numbers. */
export function withItemsRead(body: Json): Json {
  const { items } = body
  if (!Array.isArray(items)) return body
  return { ...body, items: items.map((item: unknown) => (isJsonObject(item) ? itemRead(item) : item)) }
}

function itemRead(item: Json): Json {
  const { price, quantity } = item
  const count = decimalText(quantity)
  return {
    ...item,
    ...(price === undefined ? {} : { price: decimalText(price) ?? price }),
    ...(count !== undefined && /^\d{1,15}$/.test(count) ? { quantity: Number(count) } : {}),
  }
}

/** Everything that is wrong with a new order: `items.0.price`, `customer.email`. */
export function errorsOfOrder(body: Json, mode: 'sandbox' | 'live'): FieldErrors {
  const { total, currency, items, customer } = body
  const errors = new Map(errorsOf(newOrder, body))
  if (typeof total === 'string' && isCurrency(currency) && !errors.has('total')) {
    const wrong = amountProblem(total, currency)
    if (wrong !== undefined) errors.set('total', wrong)
  }
  const ofItems = Array.isArray(items) && !errors.has('items') ? items.map((item) => errorsOfItem(item, currency)) : []
  const ofCustomer = isJsonObject(customer) ? errorsOf(orderCustomer, customer) : []
  return new Map([
    ...addressErrors(body, mode),
    ...errors,
    ...ofItems.flatMap((some, place) => below(`items.${place}`, some)),
    ...below('customer', ofCustomer),
  ])
}

function below(field: string, errors: Iterable<readonly [string, string]>): [string, string][] {
  return [...errors].map(([name, why]) => [name === '' ? field : `${field}.${name}`, why])
}

function errorsOfItem(item: unknown, currency: unknown): [string, string][] {
  if (!isJsonObject(item)) return [['', 'must be {name, quantity, price}']]
  const errors = new Map(errorsOf(orderItem, item))
  const { price } = item
  if (typeof price === 'string' && isCurrency(currency) && !errors.has('price')) {
    const wrong = priceProblem(price, currency)
    if (wrong !== undefined) errors.set('price', wrong)
  }
  return [...errors]
}

/** A thing may be free. */
function priceProblem(price: string, currency: Currency): string | undefined {
  try {
    parseAmount(price, currency)
    return undefined
  } catch (error) {
    if (!(error instanceof AmountError)) throw error
    return error.message
  }
}

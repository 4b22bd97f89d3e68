import type { CallContext } from '../../kit/call.ts'
import { ExactDecimal, writeJson } from '../../kit/json.ts'
import { redactJson } from '../../kit/redact.ts'
import { SettingsError } from '../../kit/settings.ts'
import type { Operation, OperationAnswer } from '../operation.ts'
import { askDone } from './api.ts'
import type { Parts } from './api.ts'
import { callbackUrl } from './callbacks.ts'
import { linkCardPath } from './calls.ts'
import { sealMerchantAuth } from './merchant-auth.ts'
import { operationTable } from './operation-table.ts'
import type { OperationField, OperationRow, TabledOperation } from './operation-table.ts'
import { base64, requestTime } from './purchase-fields.ts'
import { signPayway } from './sign.ts'

type Given = Readonly<Record<string, string>>

const merchantField: OperationField = {
  name: 'merchant_id',
  required: false,
  about: 'whose; the first of the settings, unless given',
}
/** Whoever has them may use a customer's account, or call us in PayWay's name. */
const secretFields: readonly string[] = ['pwt', 'return_url', 'callback_url', 'pushback_url']

/** Everything that PayWay does beside payments of our own, for the command line. */
export function createOperations(parts: Parts): Operation[] {
  return (Object.keys(operationTable) as TabledOperation[]).map((name): Operation => {
    const row: OperationRow = operationTable[name]
    return {
      name,
      does: row.does,
      movesMoney: row.movesMoney === true,
      fields: [...row.fields, merchantField].map(({ name: field, required, about }) => ({
        name: field,
        required,
        about,
      })),
      run: (given, call) => run(parts, name, row, given, call),
    }
  })
}

async function run(
  parts: Parts,
  name: TabledOperation,
  row: OperationRow,
  given: Given,
  call: CallContext,
): Promise<OperationAnswer> {
  refuseSwitchedOff(parts, name, row)
  const merchantId = merchantOf(parts, given)
  const fields = written(parts, row, merchantId, given)
  if (name === 'cof-link-card') return { body: writeJson(linkCardForm(parts, merchantId, fields)), exchanges: [] }
  const sent = row.isSealed ? { merchant_auth: sealed(parts, name, merchantId, fields) } : fields
  const said = await askDone(parts, { operation: name, merchantId, fields: sent }, call)
  const body = redactJson(writeJson(said.body), (text) => text, [], secretFields) ?? ''
  return { body, exchanges: said.exchanges }
}

function refuseSwitchedOff({ settings }: Parts, name: string, { needs }: OperationRow): void {
  const { code, accountOnFile, cardOnFile } = settings
  const account = `banks.${code}.account-on-file (PAYWAY_FEATURE_AOF)`
  const card = `banks.${code}.card-on-file (PAYWAY_FEATURE_COF)`
  const isOn = { account: accountOnFile, card: cardOnFile, either: accountOnFile || cardOnFile }
  if (needs === undefined || isOn[needs]) return
  const wanted = { account, card, either: `${account} or ${card}` }[needs]
  throw new SettingsError([`${code} ${name} is switched off: set ${wanted} to true.`])
}

function merchantOf({ settings }: Parts, given: Given): string {
  const all = [...settings.merchants.keys()]
  const wanted = given['merchant_id']
  const found = wanted === undefined ? all[0] : all.find((one) => one === wanted)
  if (found !== undefined) return found
  throw new SettingsError([
    `merchant_id "${wanted?.slice(0, 40) ?? ''}" is none of ${settings.code}: it has ${all.join(', ')}.`,
  ])
}

/** As PayWay wants them; what is not given is left out. */
function written(parts: Parts, { fields }: OperationRow, merchantId: string, given: Given): Given {
  const rows = fields.map((field): [string, string | undefined] => {
    const text = given[field.name] ?? (field.isCallback ? callbackUrl(parts.settings, merchantId) : undefined)
    return [field.name, text !== undefined && field.inBase64 ? base64(text) : text]
  })
  return Object.fromEntries(rows.filter((row): row is [string, string] => row[1] !== undefined && row[1] !== ''))
}

function sealed({ settings }: Parts, name: TabledOperation, merchantId: string, fields: Given): string {
  const key = settings.merchants.get(merchantId)?.rsaKey
  if (!key) {
    throw new SettingsError([
      `There is no RSA key of merchant id ${merchantId}: set rsa-public-key under banks.${settings.code}.`,
    ])
  }
  const content = name === 'payment-link-create' ? linkContent(fields) : fields
  return sealMerchantAuth({ mc_id: merchantId, ...content }, key)
}

/** A limit is a number there, and a link without an end says so. */
function linkContent({ payment_limit: limit, expired_date: end, ...fields }: Given): object {
  if (limit !== undefined && !/^[1-9]\d{0,8}$/.test(limit)) {
    throw new SettingsError([`payment_limit is "${limit.slice(0, 40)}": it must be a whole number, such as 5.`])
  }
  return {
    ...fields,
    ...(limit === undefined ? {} : { payment_limit: new ExactDecimal(limit) }),
    expired_date: end ?? null,
  }
}

function linkCardForm({ settings, keys, clock }: Parts, merchantId: string, fields: Given): object {
  const [key = ''] = keys.of(merchantId)
  const signed = { ...fields, merchant_id: merchantId, request_time: requestTime(clock.now()) }
  const { hash } = signPayway('cof-link-card', signed, key)
  return { action: settings.origin + linkCardPath, method: 'POST', fields: { ...signed, hash } }
}

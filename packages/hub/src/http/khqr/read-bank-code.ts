/** What the `bankCode` parameter named, in any of its spellings, before anybody knows whether such a bank exists. */
export type NamedBank =
  | { readonly kind: 'names'; readonly names: readonly string[] }
  | { readonly kind: 'problem'; readonly problem: string }

/**
 * Reads `bankCode` in every spelling clients use: `AMK`; the JSON object `{"id":"AMK","bank":"AMK"}` raw or
 * percent-encoded; `bankCode[id]=…&bankCode[bank]=…`; `bankCode.id=…`; a bank's numeric id. All names given are
 * answered, in upper case; whether they mean one bank is decided by whoever knows the banks.
 */
export function readBankCode(query: URLSearchParams): NamedBank {
  const names: string[] = []
  for (const [key, value] of query) {
    if (key === 'bankCode') {
      const read = readValue(value.trim())
      if (typeof read === 'string') return { kind: 'problem', problem: read }
      names.push(...read)
    } else if (/^bankCode(?:\[(?:id|bank)\]|\.(?:id|bank))$/.test(key)) names.push(value.trim())
  }
  const given = names.filter((name) => name !== '')
  if (given.length === 0) return { kind: 'problem', problem: 'Bank code must be specified' }
  const odd = given.find((name) => !/^[A-Za-z0-9]{1,20}$/.test(name))
  if (odd !== undefined) return { kind: 'problem', problem: `"${odd.slice(0, 40)}" is not a bank code` }
  return { kind: 'names', names: given.map((name) => name.toUpperCase()) }
}

/** The names in one value, or the sentence that says why there are none. */
function readValue(value: string): string[] | string {
  if (!value.startsWith('{')) return [value]
  try {
    const parsed: unknown = JSON.parse(value)
    if (typeof parsed !== 'object' || parsed === null) return `"${value.slice(0, 40)}" is not a JSON object`
    const { id, bank } = parsed as { id?: unknown; bank?: unknown }
    const names = [id, bank].filter((name) => name !== undefined && name !== null)
    const readable = names.every(
      (name) => typeof name === 'string' || (typeof name === 'number' && Number.isSafeInteger(name)),
    )
    return readable ? names.map(String) : `"${value.slice(0, 40)}" must hold id and bank as text`
  } catch {
    return `"${value.slice(0, 40)}" is not valid JSON: write {"id":"CODE","bank":"CODE"} or the bare code`
  }
}

import { Refusal } from '../../domain/errors.ts'

/** Throws BAD_REQUEST with what is wrong, by field. */
export function refuseFields(errors: Readonly<Record<string, string>>): never {
  throw new Refusal('BAD_REQUEST', `The request is not right: see ${Object.keys(errors).join(', ')}`, {
    details: errors,
  })
}

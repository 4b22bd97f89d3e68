import { Type } from 'typebox'

export const text = (description: string, example: string, more: object = {}) =>
  Type.String({ description, examples: [example], minLength: 1, maxLength: 2_000, ...more })

export const choice = <Word extends string>(words: readonly Word[], fallback: Word, description: string) =>
  Type.Unsafe<Word>({ type: 'string', enum: [...words], default: fallback, description })

export const switchOf = (fallback: boolean, description: string) => Type.Boolean({ default: fallback, description })

export const words = (fallback: readonly string[], description: string) =>
  Type.Array(Type.String({ minLength: 1 }), { default: [...fallback], description })

export const closed = { additionalProperties: false } as const

export const path = (fallback: string, description: string) => Type.String({ default: fallback, description })

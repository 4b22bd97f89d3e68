/** Numbers that come the same for the same seed. */
export type Random = {
  /** From 0 up to 1. */
  next(): number
  /** From `least` to `most`, both included. */
  whole(least: number, most: number): number
  chance(share: number): boolean
  pick<Thing>(things: readonly Thing[]): Thing
  /** One of the names, as often as its weight says. */
  weighted<Name extends string>(weights: Readonly<Record<Name, number>>): Name
  /** A sequence of its own for somebody who acts beside others, so that they do not take each other's numbers. */
  fork(name: string): Random
}

export function randomFrom(seed: number): Random {
  let state = seed >>> 0
  // mulberry32: one 32-bit state, public domain.
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const random: Random = {
    next,
    whole: (least, most) => least + Math.floor(next() * (most - least + 1)),
    chance: (share) => next() < share,
    pick(things) {
      const thing = things[Math.floor(next() * things.length)]
      if (thing === undefined) throw new Error('Nothing can be picked from an empty list')
      return thing
    },
    weighted<Name extends string>(weights: Readonly<Record<Name, number>>) {
      const names = Object.keys(weights) as Name[]
      let left = next() * names.reduce((sum, name) => sum + weights[name], 0)
      for (const name of names) {
        left -= weights[name]
        if (left < 0) return name
      }
      return random.pick(names)
    },
    fork: (name) =>
      randomFrom(
        [...name].reduce((hash, letter) => Math.imul(hash ^ letter.charCodeAt(0), 16_777_619), seed ^ 0x811c9dc5),
      ),
  }
  return random
}

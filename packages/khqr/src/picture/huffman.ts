/**
 * Code lengths for symbols counted so often, none longer than `longest` bits. Where a plain Huffman code would be longer,
 * the counts are brought closer together and it is made again: a little less tight, and always within the limit.
 */
export function lengthsFor(counts: Uint32Array, longest: number): Uint8Array {
  let weights = Array.from(counts)
  for (;;) {
    const lengths = huffmanLengths(weights)
    if (lengths.every((length) => length <= longest)) return lengths
    weights = weights.map((weight) => (weight === 0 ? 0 : (weight >> 1) + 1))
  }
}

type Node = { readonly weight: number; readonly symbols: readonly number[] }

/** Joins the two lightest again and again; every symbol joined moves one bit down. */
function huffmanLengths(weights: readonly number[]): Uint8Array {
  const lengths = new Uint8Array(weights.length)
  const leaves: Node[] = []
  weights.forEach((weight, symbol) => {
    if (weight > 0) leaves.push({ weight, symbols: [symbol] })
  })
  if (leaves.length === 1) lengths[leaves[0]?.symbols[0] as number] = 1
  leaves.sort((left, right) => left.weight - right.weight)
  // Joined nodes come out in rising order, so two queues replace a heap.
  const joined: Node[] = []
  let nextLeaf = 0
  let nextJoined = 0
  const takeLightest = (): Node => {
    const leaf = leaves[nextLeaf]
    const node = joined[nextJoined]
    if (node === undefined || (leaf !== undefined && leaf.weight <= node.weight)) {
      nextLeaf++
      return leaf as Node
    }
    nextJoined++
    return node
  }
  for (let step = 1; step < leaves.length; step++) {
    const left = takeLightest()
    const right = takeLightest()
    const symbols = left.symbols.concat(right.symbols)
    for (const symbol of symbols) lengths[symbol] = (lengths[symbol] as number) + 1
    joined.push({ weight: left.weight + right.weight, symbols })
  }
  return lengths
}

/** The canonical code of each symbol, bits reversed, because deflate writes the lowest bit first. */
export function codesOf(lengths: Uint8Array): Uint16Array {
  const codes = new Uint16Array(lengths.length)
  let code = 0
  for (let length = 1; length <= 15; length++) {
    for (let symbol = 0; symbol < lengths.length; symbol++) {
      if (lengths[symbol] === length) codes[symbol] = reversed(code++, length)
    }
    code <<= 1
  }
  return codes
}

function reversed(code: number, length: number): number {
  let bits = 0
  for (let bit = 0; bit < length; bit++) bits |= ((code >> bit) & 1) << (length - 1 - bit)
  return bits
}

import { lookup } from 'node:dns'
import { BlockList, isIP } from 'node:net'
import type { LookupFunction } from 'node:net'
import { SettingsError } from './settings.ts'

const loopbackRanges = new BlockList()
loopbackRanges.addSubnet('127.0.0.0', 8)
loopbackRanges.addAddress('::1', 'ipv6')

const privateRanges = new BlockList()
privateRanges.addSubnet('127.0.0.0', 8)
privateRanges.addSubnet('10.0.0.0', 8)
privateRanges.addSubnet('172.16.0.0', 12)
privateRanges.addSubnet('192.168.0.0', 16)
privateRanges.addAddress('::1', 'ipv6')
privateRanges.addSubnet('fc00::', 7, 'ipv6')

/** Special-purpose ranges (IANA) that no customer's browser reaches on the open web; those of documents are left out. */
const closedRanges = new BlockList()
for (const [address, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 3],
] as const)
  closedRanges.addSubnet(address, bits)
for (const [address, bits] of [
  ['::', 127],
  ['fc00::', 7],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
] as const)
  closedRanges.addSubnet(address, bits, 'ipv6')

export function isLoopbackHost(host: string): boolean {
  return host === 'localhost' || inRanges(loopbackRanges, unbracket(host))
}

/** RFC 1918, unique local and loopback addresses; a name is not an address and gives false, `localhost` apart. */
export function isPrivateHost(host: string): boolean {
  return host === 'localhost' || inRanges(privateRanges, unbracket(host))
}

/** Whether a URL's host cannot be on the open web: an address of a closed range, or a name that only a local network knows. */
export function isClosedHost(host: string): boolean {
  const name = unbracket(host)
  if (isIP(name) !== 0) return inRanges(closedRanges, name) || inRanges(closedRanges, carriedAddress(name))
  const labels = name.replace(/\.$/, '').split('.')
  return (
    labels.length < 2 || labels.includes('') || /\.(?:localhost|local|internal|lan|corp|home\.arpa)\.?$/i.test(name)
  )
}

/** The IPv4 address that an IPv6 address leads to: compatible (::/96), NAT64 (64:ff9b::/96), 6to4 (2002::/16). Else ''. */
function carriedAddress(address: string): string {
  if (isIP(address) !== 6 || !URL.canParse(`http://[${address}]`)) return ''
  // A URL writes an address in one way: without dots, and with "::" at most once.
  const [before = '', after] = unbracket(new URL(`http://[${address}]`).hostname).split('::')
  const wordsOf = (text: string | undefined) => (text ? text.split(':').map((word) => Number.parseInt(word, 16)) : [])
  const [head, tail] = [wordsOf(before), wordsOf(after)]
  const words = [...head, ...Array.from({ length: 8 - head.length - tail.length }, () => 0), ...tail]
  const start = words.slice(0, 6).join(':')
  const of = (high = 0, low = 0) => [high >> 8, high & 255, low >> 8, low & 255].join('.')
  if (words[0] === 0x2002) return of(words[1], words[2])
  return start === '0:0:0:0:0:0' || start === nat64 ? of(words[6], words[7]) : ''
}

const nat64 = [0x64, 0xff9b, 0, 0, 0, 0].join(':')

/**
 * What is wrong with an outgoing address, as the end of a sentence that begins with the setting's name; undefined when
 * nothing is. Sandbox may only reach this machine. Live needs HTTPS; plain HTTP needs its flag and a private address
 * (behind a name, the HTTP client looks at the address when it connects).
 */
export function addressProblem(text: string, rules: { sandbox: boolean; allowPlainHttp: boolean }): string | undefined {
  if (!URL.canParse(text)) return 'is not an address such as https://bank.example/api'
  const url = new URL(text)
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'must begin with https://'
  if (url.username !== '' || url.password !== '') return 'must not carry a username or password'
  if (rules.sandbox) {
    return isLoopbackHost(url.hostname) ? undefined : 'leaves this machine, which sandbox mode does not; use live mode'
  }
  if (url.protocol === 'https:') return undefined
  if (!rules.allowPlainHttp) return 'is plain HTTP; use https://, or set allow-plain-http for a private address'
  if (isIP(unbracket(url.hostname)) !== 0 && !isPrivateHost(url.hostname)) return 'is plain HTTP to a public address'
  return undefined
}

/** A DNS look-up that gives out private addresses only: for plain HTTP, where a changed name must not lead outside. */
export const lookUpPrivateOnly: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
    if (error) return callback(error, '', 0)
    const allowed = addresses.filter(({ address }) => isPrivateHost(address))
    const [first] = allowed
    if (!first) {
      const refusal = new Error(`${hostname} is not at a private address, and plain HTTP goes nowhere else`)
      return callback(Object.assign(refusal, { code: 'ENOTFOUND' }), '', 0)
    }
    if (options.all) return callback(null, allowed)
    callback(null, first.address, first.family)
  })
}

function inRanges(ranges: BlockList, address: string): boolean {
  const family = isIP(address)
  return family !== 0 && ranges.check(address, family === 4 ? 'ipv4' : 'ipv6')
}

function unbracket(host: string): string {
  return host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host
}

/** A test for "comes from one of these": addresses and ranges such as 203.0.113.7 or 203.0.113.0/24. Throws `SettingsError`. */
export function addressList(entries: readonly string[], where: string): (address: string) => boolean {
  const list = new BlockList()
  for (const entry of entries) {
    const [address = '', prefix] = entry.split('/')
    const family = isIP(address)
    const bits = prefix === undefined ? (family === 6 ? 128 : 32) : Number(prefix)
    if (family === 0 || !Number.isInteger(bits) || bits < 0 || bits > (family === 6 ? 128 : 32)) {
      throw new SettingsError([
        `${where} has "${entry.slice(0, 60)}": it must be an address, or a range such as 203.0.113.0/24.`,
      ])
    }
    list.addSubnet(address, bits, family === 6 ? 'ipv6' : 'ipv4')
  }
  return (address) => inRanges(list, address.replace(/^::ffff:(?=\d+\.)/, ''))
}

import { hubSource, isSimulator, type Finding, type Rule, shipped, shippedHub } from './rule.ts'
import { type File, type Import, importsOf } from './tree.ts'

/** ARCHITECTURE.md's house. The roof wires everything, so its rooms may know each other. */
export const floors: Readonly<Record<string, number>> = {
  money: 0,
  domain: 1,
  kit: 2,
  banks: 3,
  billers: 3,
  messengers: 3,
  store: 3,
  events: 3,
  flows: 4,
  http: 5,
  jobs: 5,
  main: 6,
  'open-hub': 6,
  config: 6,
  cli: 6,
  sandbox: 6,
}
const roof = 6
const roomsOfStrangers = ['banks', 'billers', 'messengers', 'http']

export const importRules: readonly Rule[] = [
  {
    law: 'Every folder and file of the hub stands on a floor.',
    why: 'A room that is in no plan imports what it likes, and soon everything knows everything.',
    remedy: 'Move the file into the room it belongs to, or give the new room a floor here and in ARCHITECTURE.md.',
    find: (files) =>
      files
        .filter((file) => file.path.startsWith(hubSource) && floors[file.room ?? ''] === undefined)
        .map((file) => ({ file: file.path, line: 1, says: `"${file.room}" is on no floor` })),
  },
  {
    law: 'A room imports itself and the floors below it; rooms on one floor are strangers.',
    why: 'Then a room can be read, tested and replaced knowing only what lies under it.',
    remedy: 'Move what both need to a floor below, hand it in as an argument, or wire the two together on the roof.',
    find: (files) => eachImport(shippedHub(files), aboveOrBeside),
  },
  {
    law: 'Sibling folders in banks, billers, messengers and http are strangers.',
    why: 'A bank or a channel must be added or removed by one folder and one line in the registry.',
    remedy: 'Move what both need up into the room itself, or to a floor below.',
    find: (files) => eachImport(shippedHub(files), fromSibling),
  },
  {
    law: 'Relative imports stay within their package.',
    why: 'Packages are published and used alone.',
    remedy: "Import the other package by its name, and list it among this package's dependencies.",
    find: (files) =>
      eachImport(shipped(files), (file, { target }) => {
        const home = file.path.split('/').slice(0, 2).join('/')
        return target === undefined || target.startsWith(`${home}/`) ? undefined : `imports ${target}`
      }),
  },
  {
    law: 'Nothing that ships imports a test or what tests are made with.',
    why: 'Test code may be careless with time, files and processes, and is not there in an image.',
    remedy: 'Move what is needed out of the test.',
    find: (files) =>
      eachImport(shipped(files), (_, { target, specifier }) => {
        const test = target !== undefined && (/\.test\.ts$|\/test-[^/]+\.ts$/.test(target) || target.includes('/test/'))
        return test || specifier === 'node:test' ? `imports ${specifier}` : undefined
      }),
  },
  {
    law: 'Simulators are imported only by the sandbox, the command line and tests.',
    why: 'Live mode must have no way to take money from a bank that is played.',
    remedy: 'Start the simulator from sandbox/ and speak to it over HTTP, as to a real bank.',
    find: (files) =>
      eachImport(shippedHub(files), (file, { target }) => {
        const allowed = isSimulator(file.path) || file.room === 'sandbox' || file.room === 'cli'
        return target !== undefined && isSimulator(target) && !allowed ? `imports ${target}` : undefined
      }),
  },
  {
    law: 'A simulator shares no table, flow, signer or KHQR code with the hub.',
    why: 'A mistake made on both sides would agree with itself, and every test would be green.',
    remedy: "Write it again on the simulator's side, from the bank's document.",
    find: (files) =>
      eachImport(
        shippedHub(files).filter((file) => isSimulator(file.path)),
        (_, { target, specifier }) => {
          const ofHub = new RegExp(`^${hubSource}(store|flows|domain|http|jobs|kit/sign|kit/crypto)`)
          const shared = (target !== undefined && ofHub.test(target)) || /^(@khqr-hub\/khqr|pg|kysely)$/.test(specifier)
          return shared ? `imports ${specifier}` : undefined
        },
      ),
  },
]

function aboveOrBeside(file: File, { target }: Import): string | undefined {
  const room = roomOf(target)
  const from = floors[file.room ?? '']
  const to = floors[room ?? '']
  if (room === undefined || room === file.room || from === undefined || to === undefined) return undefined
  if (to < from || (from === roof && to === roof)) return undefined
  return `${file.room} (floor ${from}) imports ${room} (floor ${to}): ${target}`
}

function fromSibling(file: File, { target }: Import): string | undefined {
  if (!roomsOfStrangers.includes(file.room ?? '') || roomOf(target) !== file.room) return undefined
  const here = folderInRoom(file.path)
  const there = folderInRoom(target ?? '')
  if (here === undefined || there === undefined || here === there) return undefined
  return `${file.room}/${here} imports ${file.room}/${there}`
}

/** The folder directly below a room, for `banks/bakong/api.ts` "bakong"; undefined for the room's own files. */
function folderInRoom(path: string): string | undefined {
  const [, folder, file] = path.slice(hubSource.length).split('/')
  return file === undefined ? undefined : folder
}

function roomOf(target: string | undefined): string | undefined {
  return target?.startsWith(hubSource) ? target.slice(hubSource.length).split(/[/.]/)[0] : undefined
}

function eachImport(files: readonly File[], judge: (file: File, imported: Import) => string | undefined): Finding[] {
  return files.flatMap((file) =>
    importsOf(file).flatMap((imported) => {
      const says = judge(file, imported)
      return says === undefined ? [] : [{ file: file.path, line: imported.line, says }]
    }),
  )
}

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { test, type TestContext } from 'node:test'
import { commitAnswer, httpAnswer, startFaultProxy } from './fault-proxy.ts'

// The suite's own instrument: what it says it did to a connection, it must have done.

/** A server that answers each chunk with `answer of` it, behind a proxy. */
async function echo(t: TestContext) {
  const heard: string[] = []
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.on('data', (chunk) => {
      heard.push(chunk.toString())
      socket.write(`answer of ${chunk.toString()}`)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const proxy = await startFaultProxy('test', () => ({ host: '127.0.0.1', port }))
  t.after(async () => {
    await proxy.close()
    server.close()
  })
  const client = connect(proxy.port, '127.0.0.1')
  client.on('error', () => {})
  await once(client, 'connect')
  return { proxy, client, heard }
}

async function ask(client: Socket, question: string): Promise<string> {
  client.write(question)
  const [chunk] = (await once(client, 'data')) as [Buffer]
  return chunk.toString()
}

test('what is asked arrives, and what is answered comes back', async (t) => {
  const { client } = await echo(t)
  assert.equal(await ask(client, 'one'), 'answer of one')
  assert.equal(await ask(client, 'two'), 'answer of two')
})

test('an answer that is lost was given: the question arrived, and the connection dies instead of answering', async (t) => {
  const { proxy, client, heard } = await echo(t)
  const lost = proxy.loseAnswer(['pay'], () => 'yes', 10_000)
  assert.equal(await ask(client, 'look'), 'answer of look')
  const closed = once(client, 'close')
  client.write('pay 7')
  assert.equal(await lost, 'pay')
  await closed
  assert.deepEqual(heard, ['look', 'pay 7'])
})

test('a refusal is not lost: it is passed on, and the next question falls into the trap', async (t) => {
  const { proxy, client, heard } = await echo(t)
  const lost = proxy.loseAnswer(['pay'], (answered) => (answered.includes('first') ? 'no' : 'yes'), 10_000)
  assert.equal(await ask(client, 'pay first'), 'answer of pay first')
  client.write('pay second')
  assert.equal(await lost, 'pay')
  assert.deepEqual(heard, ['pay first', 'pay second'])
})

test('nothing passes a held proxy until it is let go', async (t) => {
  const { proxy, client, heard } = await echo(t)
  proxy.setHeld(true)
  const answer = ask(client, 'one')
  const asked = proxy.nextAsk('one', 10_000)
  assert.deepEqual(heard, [])
  proxy.setHeld(false)
  assert.equal(await answer, 'answer of one')
  assert.equal(await asked, true)
})

test('a cut ends the connection on both sides', async (t) => {
  const { proxy, client } = await echo(t)
  assert.equal(await ask(client, 'one'), 'answer of one')
  const closed = once(client, 'close')
  assert.equal(
    proxy.cut(1, () => 0),
    1,
  )
  await closed
  assert.equal(proxy.openLinks(), 0)
})

const message = (type: string, body = '') => {
  const length = Buffer.alloc(4)
  length.writeInt32BE(body.length + 4)
  return Buffer.concat([Buffer.from(type), length, Buffer.from(body)])
}

test('a statement was committed when its command completed, nothing failed and PostgreSQL is ready again', () => {
  const completed = [message('2'), message('D', 'row'), message('C', 'SELECT 1\0')]
  assert.equal(commitAnswer(Buffer.concat(completed)), 'more')
  assert.equal(commitAnswer(Buffer.concat([...completed, message('Z', 'I')])), 'yes')
  assert.equal(commitAnswer(Buffer.concat([...completed, message('Z', 'I')]).subarray(0, -1)), 'more')
  assert.equal(commitAnswer(Buffer.concat([message('E', 'SERROR'), message('Z', 'I')])), 'no')
})

test('a call was acted upon when its answer begins with 2xx', () => {
  assert.equal(httpAnswer(Buffer.from('HTTP/1.1')), 'more')
  assert.equal(httpAnswer(Buffer.from('HTTP/1.1 201 Created\r\n')), 'yes')
  assert.equal(httpAnswer(Buffer.from('HTTP/1.1 503 Service')), 'no')
})

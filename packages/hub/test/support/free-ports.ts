import { freePort } from '../../src/kit/free-port.ts'

/** So many ports of this machine that nobody listens at, each another one. */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = []
  for (let n = 0; n < count; n += 1) ports.push(await freePort('127.0.0.1', ports))
  return ports
}

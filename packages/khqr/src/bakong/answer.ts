import { KhqrError, type ProblemName, problems } from '../problem.ts'

/** What every method of the official SDK answers with. */
export type KhqrAnswer<Data> = {
  status: { code: 0 | 1; errorCode: number | null; message: string | null }
  data: Data | null
}

export function answer<Data>(data: Data): KhqrAnswer<Data> {
  return { status: { code: 0, errorCode: null, message: null }, data }
}

/** The official number and sentence; 8, "invalid", is the number of what the official SDK does not refuse. */
export function refusal(name: ProblemName): KhqrAnswer<never> {
  const [code, says] = problems[name]
  return { status: { code: 1, errorCode: code === 0 ? 8 : code, message: says }, data: null }
}

/** Runs what may refuse, and answers either way. */
export function answering<Data>(work: () => Data): KhqrAnswer<Data> {
  try {
    return answer(work())
  } catch (error) {
    if (error instanceof KhqrError) return refusal(error.problem.name)
    throw error
  }
}

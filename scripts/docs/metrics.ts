import { createMetrics } from '../../packages/hub/src/kit/metrics.ts'
import { code, markdownTable, pageHead } from './markdown.ts'

/** What prom-client's classes hold and its types do not tell. */
type Described = {
  readonly name: string
  readonly help: string
  readonly labelNames: readonly string[]
  readonly upperBounds?: readonly number[]
}

export function metricsPage(): string {
  const rows = metrics().map(({ name, help, labelNames, upperBounds, kind }) => [
    code(name),
    kind,
    labelNames.map(code).join(', '),
    help +
      (upperBounds ? ` Buckets${name.endsWith('_seconds') ? ', in seconds' : ''}: ${upperBounds.join(', ')}.` : ''),
  ])
  return `${pageHead('Metrics', ['packages/hub/src/kit/metrics.ts'])}
Served at \`GET /actuator/prometheus\` on the ports of the gateway, the KHQR and the integration surface: one registry per
process, so scrape one of the three. \`GET /actuator/metrics\` lists the names. Neither asks for a token: keep the ports
away from the public, or have the proxy refuse \`/actuator\`.

A metric with labels has no line until it was counted once.

${markdownTable(['metric', 'kind', 'labels', 'what it counts'], rows)}

Histograms come as \`_bucket\`, \`_sum\` and \`_count\`. Alerts on these metrics: [alerts.yml](../deploy/prometheus/alerts.yml).
`
}

function metrics(): (Described & { readonly kind: string })[] {
  const { registry: _registry, ...all } = createMetrics()
  return Object.values(all).map((metric) => {
    const { name, help, labelNames, upperBounds } = metric as unknown as Described
    return {
      name,
      help,
      labelNames,
      kind: metric.constructor.name.toLowerCase(),
      ...(upperBounds === undefined ? {} : { upperBounds }),
    }
  })
}

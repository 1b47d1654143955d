/** The page at /: a query box, its result as a table, and the targets. It uses the API as any client does. */

/** One document without anything to load. */
export const page = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Prometheus (embedded)</title>
<style>
  :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
  body { max-width: 70rem; margin: 2rem auto; padding: 0 1rem }
  form { display: flex; gap: .5rem }
  input { flex: 1; font: inherit; font-family: ui-monospace, monospace; padding: .4rem }
  button { font: inherit; padding: .4rem 1rem }
  table { border-collapse: collapse; width: 100%; margin: 1rem 0 }
  th, td { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid #8886; vertical-align: top }
  td { font-family: ui-monospace, monospace; font-size: .9rem; overflow-wrap: anywhere }
  td.value { text-align: right; white-space: nowrap }
  .error { color: #c22 }
  .note { color: #777 }
</style>
<h1>Prometheus <small class="note">embedded</small></h1>
<form id="form">
  <label for="query" hidden>PromQL</label>
  <input id="query" name="query" autofocus spellcheck="false" placeholder="sum(rate(istio_requests_total[1m])) by (response_code)">
  <button>Run</button>
</form>
<p id="message" role="status"></p>
<table id="result"><tbody></tbody></table>
<h2>Targets</h2>
<table>
  <thead><tr><th>Job<th>Address<th>Health<th>Last scrape<th>Error</thead>
  <tbody id="targets"></tbody>
</table>
<script type="module">
  const byId = id => document.getElementById(id)
  const row = cells => {
    const tr = document.createElement('tr')
    for (const [text, className] of cells) {
      const td = document.createElement('td')
      td.textContent = text
      td.className = className ?? ''
      tr.append(td)
    }
    return tr
  }
  const nameOf = ({ __name__ = '', ...labels }) =>
    __name__ + '{' + Object.entries(labels).map(([name, value]) => name + '=' + JSON.stringify(value)).join(', ') + '}'
  const rowsOf = ({ resultType, result }) => {
    if (resultType === 'vector') return result.map(one => [[nameOf(one.metric)], [one.value[1], 'value']])
    if (resultType === 'matrix') {
      return result.map(one => [[nameOf(one.metric)], [one.values.map(([at, value]) => value + ' @' + at).join('\\n'), 'value']])
    }
    return [[[resultType], [result[1], 'value']]]
  }
  byId('form').addEventListener('submit', async event => {
    event.preventDefault()
    const query = byId('query').value
    history.replaceState(null, '', '?query=' + encodeURIComponent(query))
    const body = new URLSearchParams({ query })
    const answer = await (await fetch('api/v1/query', { method: 'POST', body })).json()
    const rows = answer.data ? rowsOf(answer.data).map(row) : []
    byId('result').tBodies[0].replaceChildren(...rows)
    const notes = [...(answer.warnings ?? []), ...(answer.infos ?? [])].join(' ')
    byId('message').textContent = answer.error ?? (rows.length === 0 ? 'No data. ' : rows.length + ' results. ') + notes
    byId('message').className = answer.error ? 'error' : 'note'
  })
  const showTargets = async () => {
    const { data } = await (await fetch('api/v1/targets')).json()
    byId('targets').replaceChildren(...data.activeTargets.map(target => row([
      [target.scrapePool], [target.scrapeUrl], [target.health, target.health === 'down' ? 'error' : ''],
      [target.lastScrape], [target.lastError, 'error'],
    ])))
  }
  const asked = new URLSearchParams(location.search).get('query')
  if (asked) { byId('query').value = asked; byId('form').requestSubmit() }
  showTargets()
  window.setInterval(showTargets, 2000)
</script>
</html>
`

/** The dashboard's page starts here. */
import { render } from 'preact'
import { App } from './app.tsx'
import { takeTokenFromAddress } from './session.ts'
import { follow } from './store.ts'
import 'uplot/dist/uPlot.min.css'
import './style.css'

takeTokenFromAddress()
follow()
const root = document.getElementById('app')
if (root) render(<App />, root)

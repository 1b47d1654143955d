import { describeGuide } from '../../support/guide.ts'

describeGuide('docs/guide/canary.md')

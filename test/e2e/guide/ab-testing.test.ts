import { describeGuide } from '../../support/guide.ts'

describeGuide('docs/guide/ab-testing.md')

import { describeGuide } from '../../support/guide.ts'

describeGuide('docs/guide/blue-green.md')

import { describeGuide } from '../../support/guide.ts'

describeGuide('ab-testing')

import { describeGuide } from '../../support/guide.ts'

describeGuide('README.md')

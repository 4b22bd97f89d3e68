import { answer, answering, type KhqrAnswer } from './answer.ts'
import { type DecodedKhqr, decodeAsOfficial } from './decode.ts'
import { generate } from './generate.ts'
import type { IndividualInfo, MerchantInfo, SourceInfo } from './information.ts'
import { decodeNonKhqr, type EmvTree } from './non-khqr.ts'
import { requestAccount, requestDeepLink } from './open-api.ts'
import { type CRCValidation, verifyAsOfficial } from './verify.ts'

/** The class of bakong-khqr 1.0.20: the same methods, arguments and answers. What differs is listed in the README. */
export class BakongKHQR {
  generateIndividual(information: IndividualInfo): KhqrAnswer<{ qr: string; md5: string }> {
    return answering(() => generate(information, 'individual'))
  }

  generateMerchant(information: MerchantInfo): KhqrAnswer<{ qr: string; md5: string }> {
    return answering(() => generate(information, 'merchant'))
  }

  static decode(khqr: string): KhqrAnswer<DecodedKhqr> {
    return answer(decodeAsOfficial(khqr))
  }

  static decodeNonKhqr(text: string): KhqrAnswer<EmvTree> {
    return answer(decodeNonKhqr(text))
  }

  static verify(khqr: string): CRCValidation {
    return verifyAsOfficial(khqr)
  }

  static async generateDeepLink(
    url: string,
    qr: string,
    sourceInfo?: SourceInfo | null,
  ): Promise<KhqrAnswer<{ shortLink: string }>> {
    return requestDeepLink(url, qr, sourceInfo)
  }

  static async checkBakongAccount(
    url: string,
    bakongID: string,
  ): Promise<KhqrAnswer<{ bakongAccountExisted: boolean }>> {
    return requestAccount(url, bakongID)
  }
}

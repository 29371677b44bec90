"""What voicebot uses of pjsua2 (PJSIP's SWIG binding), 2.15.1 up to 2.17; nothing else is promised."""

from collections.abc import Iterator

PJMEDIA_DIR_ENCODING: int
PJMEDIA_DIR_DECODING: int
PJMEDIA_FORMAT_PCM: int
PJMEDIA_FRAME_TYPE_AUDIO: int
PJMEDIA_TYPE_AUDIO: int
PJSIP_EVENT_RX_MSG: int
PJSIP_INV_STATE_NULL: int
PJSIP_INV_STATE_CALLING: int
PJSIP_INV_STATE_INCOMING: int
PJSIP_INV_STATE_EARLY: int
PJSIP_INV_STATE_CONNECTING: int
PJSIP_INV_STATE_CONFIRMED: int
PJSIP_INV_STATE_DISCONNECTED: int
PJSIP_ROLE_UAC: int
PJSIP_TRANSPORT_UDP: int
PJSUA_100REL_OPTIONAL: int
PJSUA_CALL_MEDIA_ACTIVE: int
PJSUA_CALL_MEDIA_REMOTE_HOLD: int
PJSUA_DESTROY_NO_RX_MSG: int
PJSUA_DTMF_METHOD_RFC2833: int
PJSUA_INVALID_ID: int
PJSUA_SIP_TIMER_ALWAYS: int

class Error(Exception):
    status: int
    reason: str
    def info(self, multi_line: bool = ...) -> str: ...

class Version:
    full: str

class ByteVector:
    this: int
    def __init__(self, data: bytes = ...) -> None: ...
    def size(self) -> int: ...

class LogConfig:
    level: int
    consoleLevel: int
    msgLogging: int

class UaConfig:
    maxCalls: int
    threadCnt: int
    mainThreadOnly: bool
    userAgent: str

class MediaConfig:
    clockRate: int
    sndClockRate: int
    channelCount: int
    audioFramePtime: int
    maxMediaPorts: int
    threadCnt: int
    quality: int
    noVad: bool
    ecTailLen: int
    jbMax: int
    sndAutoCloseTime: int

class EpConfig:
    logConfig: LogConfig
    uaConfig: UaConfig
    medConfig: MediaConfig

class TransportConfig:
    port: int
    portRange: int
    randomizePort: bool
    boundAddress: str
    publicAddress: str

class AccountCallConfig:
    prackUse: int
    timerUse: int
    timerMinSESec: int
    timerSessExpiresSec: int

class AccountMediaConfig:
    lockCodecEnabled: bool
    srtpUse: int
    transportConfig: TransportConfig

class AccountNatConfig:
    contactRewriteUse: int
    viaRewriteUse: int
    sdpNatRewriteUse: int
    udpKaIntervalSec: int
    sipOutboundUse: int

class AccountConfig:
    idUri: str
    callConfig: AccountCallConfig
    mediaConfig: AccountMediaConfig
    natConfig: AccountNatConfig

class CodecInfo:
    codecId: str
    priority: int

class AudDevManager:
    def setNullDev(self) -> None: ...

class Endpoint:
    def libCreate(self) -> None: ...
    def libInit(self, config: EpConfig) -> None: ...
    def libStart(self) -> None: ...
    def libVersion(self) -> Version: ...
    def libHandleEvents(self, timeout_ms: int) -> int: ...
    def libDestroy(self, flags: int = ...) -> None: ...
    def transportCreate(self, kind: int, config: TransportConfig) -> int: ...
    def audDevManager(self) -> AudDevManager: ...
    def codecEnum2(self) -> list[CodecInfo]: ...
    def codecSetPriority(self, codec_id: str, priority: int) -> None: ...
    def mediaActivePorts(self) -> int: ...
    @staticmethod
    def instance() -> Endpoint: ...
    def utilVerifySipUri(self, uri: str) -> int: ...

class SipRxData:
    wholeMsg: str
    srcAddress: str

class OnIncomingCallParam:
    callId: int
    rdata: SipRxData

class Account:
    def create(self, config: AccountConfig, make_default: bool = ...) -> None: ...
    def shutdown(self) -> None: ...
    def sendRequest(self, prm: SendRequestParam) -> None: ...
    def onIncomingCall(self, prm: OnIncomingCallParam) -> None: ...
    def onSendRequest(self, prm: OnSendRequestParam) -> None: ...

class MediaFormatAudio:
    def init(
        self, format_id: int, clock_rate: int, channels: int, frame_usec: int, bits_per_sample: int
    ) -> None: ...

class MediaFrame:
    type: int
    size: int
    buf: ByteVector

class AudioMedia:
    def getPortId(self) -> int: ...
    def startTransmit(self, sink: AudioMedia) -> None: ...
    def stopTransmit(self, sink: AudioMedia) -> None: ...

class AudioMediaPort(AudioMedia):
    def createPort(self, name: str, format: MediaFormatAudio) -> None: ...
    def onFrameRequested(self, frame: MediaFrame) -> None: ...
    def onFrameReceived(self, frame: MediaFrame) -> None: ...
    @staticmethod
    def __swig_destroy__(port: AudioMediaPort) -> None: ...

class SipHeader:
    this: int
    hName: str
    hValue: str

class SipHeaderVector:
    def append(self, header: SipHeader) -> None: ...

class SipTxOption:
    headers: SipHeaderVector
    localUri: str
    targetUri: str

class SendRequestParam:
    method: str
    txOption: SipTxOption
    userData: object

class CallSendRequestParam:
    method: str

class SipTransaction:
    method: str
    role: int
    statusCode: int

class TsxStateEvent:
    type: int
    tsx: SipTransaction

class SipEventBody:
    tsxState: TsxStateEvent

class SipEvent:
    body: SipEventBody

class OnCallTsxStateParam:
    e: SipEvent

class OnSendRequestParam:
    userData: int
    e: SipEvent

class RtcpStreamStat:
    pkt: int

class RtcpStat:
    rxStat: RtcpStreamStat
    txStat: RtcpStreamStat

class StreamStat:
    rtcp: RtcpStat

class CallSetting:
    audioCount: int
    videoCount: int

class CallOpParam:
    opt: CallSetting
    statusCode: int
    reason: str
    txOption: SipTxOption
    def __init__(self, use_default_call_setting: bool = ...) -> None: ...

class CallMediaInfo:
    index: int
    type: int
    dir: int
    status: int
    audioConfSlot: int

class CallMediaInfoVector:
    def __iter__(self) -> Iterator[CallMediaInfo]: ...

class CallInfo:
    id: int
    state: int
    lastStatusCode: int
    lastReason: str
    callIdString: str
    remoteUri: str
    media: CallMediaInfoVector

class StreamInfo:
    codecName: str

class CallSendDtmfParam:
    method: int
    digits: str
    duration: int

class OnCallStateParam: ...
class OnCallMediaStateParam: ...

class OnDtmfEventParam:
    method: int
    digit: str
    flags: int

class OnCallTransferRequestParam:
    dstUri: str
    statusCode: int

class OnCallReplaceRequestParam:
    statusCode: int
    reason: str

class OnCallTransferStatusParam:
    statusCode: int
    reason: str
    finalNotify: bool
    cont: bool

class Call:
    def __init__(self, account: Account, call_id: int = ...) -> None: ...
    def getId(self) -> int: ...
    def getInfo(self) -> CallInfo: ...
    def isActive(self) -> bool: ...
    def makeCall(self, uri: str, prm: CallOpParam) -> None: ...
    def answer(self, prm: CallOpParam) -> None: ...
    def hangup(self, prm: CallOpParam) -> None: ...
    def xfer(self, uri: str, prm: CallOpParam) -> None: ...
    def xferReplaces(self, call: Call, prm: CallOpParam) -> None: ...
    def sendRequest(self, prm: CallSendRequestParam) -> None: ...
    def getStreamStat(self, index: int) -> StreamStat: ...
    def sendDtmf(self, prm: CallSendDtmfParam) -> None: ...
    def getAudioMedia(self, index: int) -> AudioMedia: ...
    def getStreamInfo(self, index: int) -> StreamInfo: ...
    def onCallState(self, prm: OnCallStateParam) -> None: ...
    def onCallMediaState(self, prm: OnCallMediaStateParam) -> None: ...
    def onDtmfEvent(self, prm: OnDtmfEventParam) -> None: ...
    def onCallTsxState(self, prm: OnCallTsxStateParam) -> None: ...
    def onCallTransferRequest(self, prm: OnCallTransferRequestParam) -> None: ...
    def onCallReplaceRequest(self, prm: OnCallReplaceRequestParam) -> None: ...
    def onCallTransferStatus(self, prm: OnCallTransferStatusParam) -> None: ...
    @staticmethod
    def __swig_destroy__(call: Call) -> None: ...

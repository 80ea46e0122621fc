"""English wordings of orders to a model, and the commonest of Chinese and Japanese."""

from __future__ import annotations

_QUALIFIED = (
    r"(?:all|any|every|each|the|your|my|these|those|this|that|of|previous(?:ly)?|prior|above|earlier|preceding|existing|original|"
    r"initial|former|past|system|safety|foregoing|old|given|other|developer|content|security|current|prompt|user|its|"
    r"aforementioned|stated|programmed|built-in|internal|ethical|usual|and|or|,)"
)
_DISOBEY = (
    r"(?:ignor(?:e|ing)|disregard(?:ing)?|overlook(?:ing)?|forget(?:ting)?|overrid(?:e|ing)|bypass(?:ing)?|overrul(?:e|ing)|neglect|dismiss"
    r"|discard|abandon|circumvent|violate|overwrite|pay no attention to|(?:do not|don['’]?t|never|stop|quit|no longer|(?:must|should|shall|need|may)(?: not|n['’]?t)|no need to) "
    r"(?:follow|obey|adhere to|comply with|listen to)(?:ing)?|set aside|throw (?:away|out)|erase|cancel|void|skip(?: over)?"
    r"|drop|put aside|unlearn|wipe)"
)
_LAWS = (
    r"(?:instructions?|prompts?|rules|guidelines?|guidance|directions|commands?|directives?|constraints?|polic(?:y|ies)|orders"
    r"|programming|training|guardrails?|safeguards?|restrictions)"
)
_SECRET = (
    r"(?:system prompts?|system messages?|system instructions?|developer (?:messages?|instructions?|prompts?)|hidden (?:prompts?|instructions?|rules|messages?)"
    r"|(?:initial|original|secret|internal|first|starting) (?:prompts?|instructions?)"
    r"|your (?:(?:exact|full|own|original|initial|system|complete|entire|hidden|secret|internal|current) )*"
    r"(?:prompts?|instructions?|guidelines|directives|configuration))"
)
_TELL = (
    r"(?:reveal|print|show|repeat|output|leak|display|dump|tell|expose|give|disclose|write|recite|return|share|copy|paste|quote|translate|summari[sz]e"
    r"|paraphrase|encode|respond with|reply with|put|list|what (?:is|are|was|were))"
)
_BOT = r"(?:ai|llm|language model|assistant|chatbot|gpt|copilot|bot|helper)"
_FREE = r"(?:restrictions?|limit(?:s|ations?)|rules|filters?|censorship|guardrails?|polic(?:y|ies)|constraints?|boundaries|content policy)"
_FROM_NOW = r"(?:from (?:now|here|this (?:point|moment)) (?:on|onwards?|forward)|from now|starting now|henceforth|going forward|as of now|for the rest of this)"

_PUT = r"(?:insert|add|include|hide|append|link|embed|inject|put|place|mention|write|slip|multiply|change|alter|replace|modify|swap)"
_UNSEEN = r"(?:quietly|secretly|silently|covertly|stealthily|discreetly)"
_STARTS = r"(?:^|[.!?;:,\n\"'“(]\s*|\b(?:please|must|then|now) )"

_NO_ROWS = r"\s*(?:$|[.,;:!?\n)]|(?:and|then|but|or|this|that|in|you|i|from|text|contents?|context|messages?|conversation|inputs?|dialogue?|turns?|output)\b)"
"""The previous rows and the values above are a spreadsheet's."""

PATTERNS = (
    rf"{_DISOBEY}[\s:]+(?:{_QUALIFIED}\s*)+{_LAWS}",
    rf"{_DISOBEY}\s+(?:all|everything|anything|what(?:ever)?|any|the)\s*(?:that|of the|text)?\s*(?:(?:was|is|were|you|i|has|have|had|been)\s+)*"
    rf"(?:told|said|learned|instructed|programmed|taught|(?:above|before|previous|prior|earlier){_NO_ROWS})",
    rf"{_DISOBEY}\s+(?:the\s+)?(?:above|previous|prior|preceding|earlier)\b\s*(?:and|text|content|context|messages?|conversation|input|,|\.|;)",
    rf"{_DISOBEY}\s+(?:your|all|its|the)\s+(?:\w+\s+){{0,2}}(?:instructions?|guidelines|guardrails|programming|directives|safeguards)",
    r"system[\s_-]*prompts?\b",
    rf"{_TELL}\b[^\n]{{0,40}}{_SECRET}",
    r"(?:reveal|print|repeat|output|leak|dump|recite|copy)\s+(?:\w+\s+){0,3}(?:text|words|prompt|message|instructions|content|everything|all)\s+(?:above|before)\b",
    r"\b(?:very )?(?:first|initial|opening|original|exact|earliest|hidden) (?:messages?|words|text|prompt|instructions?|lines?|sentences?)\b[^\n]{0,25}"
    r"(?:in (?:this|our) (?:conversation|chat|context)|you (?:were|got|received|have been)|given to you|verbatim|word for word)",
    r"you are now (?:an? |the |in |my |called |acting |going to |no longer |free|unrestricted|dan\b|jailbroken|root|admin|operating|under|"
    r"connected|playing|evil|required|roleplay|\w*gpt|uncensored|unfiltered|hack)",
    rf"{_FROM_NOW}\s*,?\s+(?:you|always|only|respond|answer|reply|act|ignore|pretend|output|every|all your|your|never)",
    r"\byour (?:only|sole|single) (?:reply|answer|response|output)s?\b|\b(?:reply|answer|respond) only with [\"'“]",
    rf"\b(?:no longer|not|stop being|quit being|instead of being)\s+(?:an?\s+|the\s+|my\s+)?(?:\w+\s+){{0,2}}{_BOT}\b[^\n]{{0,6}}(?:$|[.;,!]|anymore| and )",
    rf"(?:you(?:['’]re| are)|become|be|as|like)\s+(?:an?\s+|the\s+|my\s+)?(?:\w+\s+){{0,2}}{_BOT}\s+(?:with(?:out)?|that has|who has|free (?:of|from))\s+(?:zero|no|any|all)?\s*{_FREE}",
    rf"(?:you have|there are|with|has)\s+(?:absolutely\s+)?(?:no|zero)\s+(?:content |safety |ethical |moral )?{_FREE}\b[^\n]{{0,30}}(?:you|answer|respond|reply|anything|mode|$)",
    r"(?:act|behave|respond|answer|pretend|roleplay|simulate|speak)\s+(?:as|like|to be|that you are|you are|you have|as (?:if|though) (?:you(?: were| are| had| have)?|your|safety|the)?)\s*"
    r"(?:an?\s+|the\s+)?(?:dan\b|unrestricted|uncensored|unfiltered|jailbroken|evil|root\b|hacker|developer mode|no (?:restrictions|rules|limits|filters)"
    r"|(?:safety |your )?training never)",
    r"pretend\s+(?:that\s+)?(?:the|your|all|these|those|previous|any)?\s*(?:\w+\s+){0,2}(?:rules|restrictions|guidelines|instructions|polic(?:y|ies)|filters)\b[^\n]{0,20}"
    r"(?:exist|gone|apply|never|not there|(?:was|were|is|are|been) (?:lifted|suspended|waived|disabled|removed|revoked))",
    r"(?:your|previous|prior|above|system|safety|content|earlier|original|old) (?:\w+ )?(?:rules|guidelines?|restrictions|instructions?|polic(?:y|ies)|directions|directives|training|guidance)"
    r"\s+(?:above |below )?(?:no longer|do(?:es)? ?n['’o]?t|are (?:now )?(?:obsolete|void|null|suspended|lifted|cancell?ed|outdated|disabled|revoked)|is (?:now )?(?:obsolete|void|disabled|outdated))",
    r"(?:become|be|act as|you are)\s+(?:my|an?|the)\s+(?:\w+\s+){0,2}(?:terminal|shell|console)\b|\broot access\b",
    rf"\b(?:respond|answer|reply|speak|talk|write|act)\w*\s+(?:\w+\s+){{0,2}}without\s+(?:any\s+)?{_FREE}",
    r"\byour (?:system|initial|original|hidden|secret|developer|internal) (?:messages?|prompts?|instructions?|rules|configuration|orders)\b",
    r"\b(?:list|show|tell|reveal|print|share|describe|explain|what are)\s+(?:me\s+)?(?:all\s+)?(?:of\s+)?your\s+(?:rules|restrictions|limitations|guidelines|policies|constraints|instructions)\b",
    r"\bevil (?:twin|ai|assistant|version|bot|mode)\b|\bno (?:morals|ethics|conscience)\b|\bexfiltrate\b",
    r"\bi(?:['’]m| am) your (?:developer|creator|administrator|admin|owner|master|maker)\b",
    r"\bwhen(?:ever)? (?:you(?:['’]re| are) |someone |anyone |a user |the user )?ask(?:ed|s)?\b[^\n]{0,40}\b(?:say|answer|reply|respond|claim|insist|tell them|recommend|direct them|send them|point them)\b",
    r"\b(?:from now on|henceforth|from this point|going forward),?\s+(?:when(?:ever)?|if|each time|every time|any ?time)\s+(?:the |a |any )?(?:users?|someone|somebody|anyone|anybody|people|they)\s+(?:\w+\s+)?(?:asks?|mentions?|says?|requests?|talks?|wants?)\b",
    r"\b(?:when(?:ever)?|if|once|each time|every time)\s+you\s+(?:see|encounter|read|find|meet|receive)\b[^\n]{0,60}\b(?:answer|respond|reply)\s+(?:with|only|by)\b",
    r"<\s*(?:system|assistant|developer|admin|instructions?)\s*>[^<\n]{0,80}\b(?:you|must|ignore|always|never|obey|approve|reveal)\b",
    r"\b(?:when|while|during|if)\s+(?:you(?:['’]re| are)?\s+)?(?:training|trained|fine-?tun(?:ing|ed)|learning)\b[^\n]{0,60}\b(?:remember|memori[sz]e|treat|accept|believe|always)\b",
    r"\b(?:disable|turn off|stop|deactivate|uninstall)\s+(?:your\s+|the\s+|any\s+)?(?:anti-?virus|firewall|(?:windows )?defender|real-?time protection|smartscreen)\b",
    r"\b(?:treat|consider|regard|accept)\s+(?:this|the following|these|it)\s+as\s+(?:an?\s+)?(?:system|admin|root|developer|top|high|new)\b",
    r"\b(?:treat|consider|regard|accept)\s+(?:everything|anything|all|whatever|every)\b[^\n]{0,30}\bas\s+(?:\w+\s+){0,3}(?:your (?:developers?|creators?|makers?|owner|system)|the (?:system|developer)|root|admin)\b",
    r"\bnew (?:task|role|job|goal|persona|identity|mission)\s*:",
    rf"(?:pretend|imagine|act|roleplay|simulate|behave)\b[^\n]{{0,24}}\b{_BOT}\b[^\n]{{0,30}}\b(?:anything|no |without|free|never refuses|unlimited|any)\b",
    r"\bwhat (?:\w+ )?(?:instructions?|rules|prompts?|guidelines?|orders|directives?) (?:were|are|have|do|did) you\b",
    r"\b(?:respond|reply|answer)\s+(?:to\s+)?(?:every|all|each|any)\s+(?:\w+\s+)?(?:questions?|queries|query|prompts?|requests?|messages?|inputs?)\s+(?:with|by|as|in)\b",
    r"\b(?:say|output|print|write|reply|respond|repeat|answer)\s+(?:only\s+)?(?:with\s+)?[\"'“‘][^\"'”’\n]{1,60}[\"'”’]\s*(?:and nothing else|only|and stop)",
    r"\b(?:ignore|disregard|refuse|disobey)\s+(?:the\s+|all\s+|any\s+)?(?:user|human)s?\b",
    r"(?:from now on|going forward|henceforth|in (?:later|future|subsequent) (?:turns?|conversations?|messages?|replies|chats?))[^\n]{0,60}"
    r"(?:\bi(?: will|['’]ll| shall) (?:always|only) |(?:is|are) (?:always|only) answered|the answer is always)",
    r"do anything now|\bdan\s*(?:mode|모드)|jail[\s-]*br(?:eak(?:ed|ing)?|oken)\b|developer mode (?:is\s+)?(?:now\s+)?(?:enabled|on|activated)|(?:sudo|god|root|admin|debug|maintenance) mode "
    r"(?:enabled|on|activated|engaged)",
    r"(?:enter|enable|activate|switch (?:in)?to|turn on)\s+(?:\w+\s+)?(?:dan|developer|god|root|admin|sudo|debug|jailbreak|unrestricted|uncensored|maintenance)\s+mode",
    # Checks at a plant are suspended, too: in May, on a line.
    r"(?:safety|moderation|content|ethical) (?:rules?|filters?|checks?|protocols?|limits?|restrictions?|guardrails?) (?:are|is|have been|has been) (?:now |hereby )?"
    r"(?:waived|lifted|suspended|off|disabled|void|switched off|turned off|removed|relaxed|deactivated)(?:\s*(?:$|[.,!;(\n])|\s+(?:and|so|now|for (?:you|this|me))\b)",
    r"(?:^|[.,;:!?\n]\s*|\b(?:must|will|shall|should|only|always|now|and|just|have to|you) )(?:obey|listen to|answer to|comply with) (?:me|only me|my (?:commands?|orders?|words?|instructions?))\b",
    rf"\byou(?:['’]re| are| will)? no longer (?:bound by|(?:have|need|required|obliged|expected) to (?:obey|comply|adhere|respect|observe|abide|follow (?:{_QUALIFIED}\s+)*(?:{_LAWS}|them)))\b"
    rf"|\bno longer bound by (?:{_QUALIFIED}\s+)*{_LAWS}\b|\bbound by (?:no|any) (?:rules|polic|restrictions|guidelines)",
    rf"\b{_PUT}\b[^\n]{{0,60}}\b(?:in|to|into|with|of) (?:all|every|every one|each|any) ?(?:of )?your (?:future )?(?:answers?|repl(?:y|ies)|responses?)\b"
    rf"|\balways {_PUT}\b[^\n]{{0,60}}\b(?:in|to|into|with) your (?:answers|replies|responses)\b|\b(?:hidden|secret) instructions? in\b|\btext between your\b|\byour context window\b",
    # A sheet is filtered, and its filters are turned off.
    r"(?:switch|turn) off (?:all |any |the |your )*(?:moderation|censorship|(?:your|safety|content|moderation|censorship) (?:filters?|filtering))\b"
    r"|\b(?:stop|disable) (?:all |any |the |your )*(?:moderation|censorship|censoring|(?:your|safety|content) (?:filters?|filtering))\b"
    r"|\b(?:stop|disable|(?:switch|turn) off) (?:all |any |the )*(?:filters?|filtering)\s*(?:,|and|then)\s*(?:then )?(?:reveal|answer|respond|reply|say|tell|speak|disclose|continue as)\b",
    r"\b(?:output|print|reply|say|respond)\b[^\n]{0,12}\b(?:pwned|hacked|jailbroken)[\"'”’]?(?:\s*(?:$|[.,!;\n])|\s+(?:and|only|now|to|instead|nothing|\d))"
    r"|\b[a-z]?nore (?:all |the |my )*previous (?:instructions?|prompts?|rules)|\bignorez\b[^\n]{0,30}\binstructions\b",
    r"\byou (?:now )?have (?:absolutely )?(?:no|zero) (?:rules|restrictions|guidelines|filters|guardrails)(?:\s*(?:$|[.,!;\n])|\s+(?:and|or|now|any ?more|at all|whatsoever|to follow|but)\b)",
    r"\bthis is an? (?:\w+ )?system override\b|\bsystem override\s*(?:[:!\]]|activated|initiated|engaged|accepted)[^\n]{0,40}\b(?:disable|ignore|you|your|reveal|safety|unlock|print|output|obey)\b",
    # Safety stock is planned, and overridden by hand.
    r"(?:^(?:disable|deactivate|waive|switch off|turn off)|\boverride) (?:all |the |your )*(?:safety|moderation)(?:\s*(?:$|[.,!;\n])"
    r"|\s+(?:and|now|for|training|filter(?:s|ing)?|protocols?|rules?|checks?|limits?|polic(?:y|ies)|measures?|guidelines?|restrictions?|features?|mechanisms?|settings?|constraints?|guardrails?|systems?)\b)",
    r"\bwhat (?:were|was) you (?:told|given|instructed|prompted|fed)\b[^\n]{0,40}\b(?:(?:before|prior|first|initially)\s*(?:$|[.,!?;\n])|(?:before|prior to|at the (?:start|beginning) of) "
    r"(?:(?:this|the|our|my|any|i|we) )+(?:conversation|chat|session|dialogue?|first|messages?|prompt|started|questions?|asked|talk|came|began)|at the (?:start|beginning)\s*(?:$|[.,!?;\n]))",
    r"\b(?:reveal|print|dump|output|show|list|give me|share)\s+(?:all |any |every |the )*(?:\w+ )?(?:(?:user data|conversations?|chats?|secrets)\s+(?:that\s+)?you(?:['’]ve| have| were)\s+(?:seen|read|received|stored|learned|been|given|told)"
    r"|(?:data|messages|information)\s+(?:that\s+)?you(?:['’]ve| have)\s+(?:seen|memori[sz]ed|learned|been (?:told|trained)))"
    r"|\b(?:reveal|dump)\s+(?:all |any |every |the )*(?:\w+ )?(?:data|messages|information)\s+(?:that\s+)?you(?:['’]ve| have| were)\s+(?:read|received|stored|been|given|told)",
    # What is done without anybody's noticing, whatever is asked, or in spite of safety, is told in the imperative.
    rf"{_STARTS}{_UNSEEN}\s+{_PUT}\b[^\n]{{0,60}}\b(?:in|into|to|of|with) (?:(?:(?:each|every|all)(?: of)?(?: your)?|your) (?:answers?|repl(?:y|ies)|responses?)|your formulas?)\b"
    rf"|{_STARTS}{_UNSEEN}\s+(?:record|log|collect|steal|capture|save|store|keep|gather|send|forward|note)\b[^\n]{{0,30}}\b(?:passwords?|credentials?|api keys?|keystrokes?|secrets)\b",
    rf"{_STARTS}(?:ignore|disregard|forget(?: about)?|skip|bypass)\s+(?:all |any |the |your )*(?:safety|ethics|morals|moderation|censorship)(?:\s+and \w+)?\s*[.,!;]?\s"
    r"(?:and |now )*(?:you(?:['’]re| are| may| can| must| will| have)|say|answer|respond|reply|reveal|tell me)\b",
    r"\b(?:every|each|all)(?: of)?(?: your)?(?: future)? (?:answers?|responses?|repl(?:y|ies)|messages?) (?:must|should|shall|will|ha(?:s|ve) to|needs? to) (?:now |always )?(?:begin|start|end|open|close|finish)"
    r" with (?:[\"'“‘]?(?:hacked|pwned|jailbroken)\b|the (?:words?|phrase|sentence|link|url)\b)",
    r"\b(?:only (?:say|output|print|write|(?:reply|respond|answer) with)|(?:say|output|print|write|(?:reply|respond|answer) with) only)\s+(?:the (?:single |one )?(?:word|phrase|letter|sentence)\s+[\"'“‘]?\w+|[\"'“‘]?(?:yes|no|ok|sorry))"
    r"[\"'”’]?\s+(?:to|for)\s+(?:every|any|all|each)\s+(?:\w+ )?(?:questions?|requests?|prompts?|messages?|inputs?|quer(?:y|ies))\b",
    r"(?:no|without(?: any)?|remove|disable|bypass|turn off|switch off|lift|drop|evade|override|waive)\s+(?:your |the |all |any )*(?:safety|content|ethical|moral|security)\s+"
    r"(?:and \w+ )?(?:filters?|restrictions?|guardrails?|guidelines?|checks?|protocols?|measures?|polic(?:y|ies)|limits?|features?)",
    r"(?:do not|don['’]?t|never|without)\s+(?:ever\s+)?(?:tell(?:ing)?|inform(?:ing)?|mention(?:ing)?|reveal(?:ing)?|disclos(?:e|ing)|alert(?:ing)?|notify(?:ing)?"
    r"|let(?:ting)?|show(?:ing)?)\s+[^\n]{0,20}\b(?:user|human|these instructions|this instruction|this message)\b",
    r"without the (?:user|human)(?:['’]s)? (?:knowing|knowledge|noticing)|(?:secret|hide (?:this|it)|hidden) from the (?:user|human)",
    rf"\b{_BOT}s?\b[^\n]{{0,30}}\b(?:reading|reads?|processing|process|summari[sz]ing|analy[sz]ing|parsing|seeing|viewing|ingesting)\s+(?:this|the following)",
    rf"(?:attention|note|message|instructions?|important|command|notice|warning)\s*(?:to|for)?\s*:?\s*(?:all|any|the)?\s*{_BOT}s?"
    r"(?:\s+(?:model|assistant|agent)s?)?\s*[:,!]",
    rf"\b(?:if|when|since|in case)\s+you(?:['’]re| are)\s+(?:an?\s+|the\s+)?(?:\w+\s+)?{_BOT}\b",
    r"(?:^|[\n\t|>\]])\s*[\[(<{#*]*\s*(?:system|admin|developer|administrator|operator)\s*(?:message|note|notice|override|instruction|command|directive|alert)s?\s*"
    r"[\])>}*]*\s*[:\n]",
    r"(?:^|[\n\t|>])\s*(?:[\[(<{#*]+\s*(?:system|admin|developer)\s*[\])>}*]+\s*:?|(?:system|admin|developer)\s*:)\s*[^\n]{0,20}"
    r"\b(?:ignore|override|disregard|obey|reply|output|directives?|instructions?|you (?:are|must|will)|the user)\b",
    r"\b(?:new|updated|real|actual|revised) (?:system )?(?:instruction|directive|rule|objective|order|mission)s?\s*(?::|\n)",
    r"your (?:new|real|actual|true|only|updated|revised) (?:task|job|role|instruction|goal|objective|purpose|mission|order)s? (?:is|are|:)|(?:here is|this is) your (?:new|updated|revised)\b",
    r"(?:end|begin|start|finish|append|prepend|add|conclude|sign|close|open)\b[^\n]{0,30}\b(?:every|each|all)(?: one)?(?: of)?(?: your)?(?: future)? (?:answer|response|reply|replies|message)s?\b",
    r"(?:send|post|upload|forward|transmit|exfiltrate|leak|append|embed|steal|disclose|hand over)\b[^\n]{0,40}(?:conversation|chat history|user data|passwords?|secrets?|api keys?"
    r"|credentials?|previous messages?)",
    r"(?:send|forward|email|post|upload|transmit)\b[^\n]{0,60}(?:\S+@\S+|https?://\S+)[^\n]{0,30}(?:before (?:you )?(?:reply|answer|respond)|silently|secretly|without (?:telling|asking))",
    r"(?:follow|obey|trust|prioriti[sz]e)\s+(?:only\s+)?(?:this|these|my|the following)\s+(?:one|message|instructions?|commands?|orders?)\b[^\n]{0,20}(?:instead|only|over|above|first|not)",
    r"\b(?:tell|ask|instruct|direct|urge|persuade|convince|get)\s+(?:the |all |every |any |your )?(?:users?|humans?|them|customers?|readers?)\s+to\s+(?:visit|log ?in|sign ?in|go to|download|install|disable|turn off|pay|call)\b",
    rf"\b{_BOT}s?\s*[,:]\s*(?:please\s+)?(?:do not|don['’]?t|never|stop)\s+(?:summari[sz]|answer|translat|analy[sz]|process|help|repl|respond|mention)",
    r"\b(?:call|invoke|run|execute|use|trigger)\s+(?:the\s+)?(?:\w+_\w+|your\s+\w+)\s+(?:tool|plugin)s?\b",
    rf"(?:^|[\n\t\"',|>])\s*{_BOT}s?\s*:\s*(?:please\s+)?(?:forward|send|e-?mail|post|upload|delete|mark|approve|reply|output|say|print|reveal|ignore|classify)\b",
    r"</\s*(?:user|human)\s*>\s*<\s*(?:system|assistant|instructions?)\s*>",
)

SENDS = (
    r"(?:send|forward|post|upload|transmit|submit)\b[^\n]{0,20}\b(?:contents?|values?|cells?|workbook|sheets?|data|files?|tables?|everything)\b[^\n]{0,30}"
    r"\b(?:to|at|via)\s+https?://",
)
"""What is in the workbook is to be sent to an address: for texts with one."""

OTHERS = (
    r"(?:忽略|无视|無視|忘记|忘掉|不要理会|不要遵守)[^\n]{0,12}(?:指令|指示|提示|命令|规则|要求|設定|设定)",
    r"(?:指示|命令|プロンプト|ルール)[^\n]{0,8}(?:無視|忘れ)",
    r"系统提示词|システムプロンプト",
)

"use strict";
// The section of the callers who have to be rung back; uses the small functions of page.js.

const WHY = {
  hung_up: "통화 중 끊음", silent: "말없이 끊음", left_in_transfer: "연결을 기다리다 끊음",
  line_lost: "회선 장애", interrupted: "시스템 장애",
};
const AGAIN = {
  open: "지금 다시 통화 중", transferring: "지금 다시 통화 중, 상담원 호출", connected: "다시 걸어 상담원과 통화함",
  reported: "다시 걸어 신고를 마침", diverted: "다시 걸어 예비 번호로 감",
};
const CALLBACKS_PERIOD_MS = 3000;

async function ringBack(entry, what, body) {
  const by = at("by").value.trim();
  if (!by) {
    at("trouble").textContent = "다시 거는 사람의 이름을 먼저 적어 주세요.";
    at("by").focus();
    return;
  }
  await post(`/api/callbacks/${encodeURIComponent(entry.incident_id)}/${what}`, {by, ...body});
  await drawCallbacks();
}

function closeEntry(entry) {
  const note = prompt("어떻게 되었습니까?")?.trim();
  if (note) ringBack(entry, "close", {note});
}

async function drawCallbacks() {
  const entries = await get("/api/callbacks");
  at("callbacks-count").textContent = entries.length ? `(${entries.length})` : "";
  at("callbacks").replaceChildren(...entries.map((entry) => {
    const act = document.createElement("td");
    if (!entry.claimed_by) act.append(button("맡기", () => ringBack(entry, "claim")));
    act.append(button("끝내기", () => closeEntry(entry)));
    const calls = entry.calls > 1 ? ` (${entry.calls}번째)` : "";
    return row(cell(URGENCIES[entry.urgency], entry.urgency), cell((entry.number ?? "번호 없음") + calls),
      cell([WHY[entry.why], AGAIN[entry.last_state]].filter(Boolean).join(" · ")), cell(entry.last_words ?? ""),
      cell(new Date(entry.left_at).toLocaleTimeString("ko-KR")), cell(entry.claimed_by ?? ""), act);
  }));
}

at("by").value = localStorage.getItem("by") ?? "";
at("by").addEventListener("change", () => localStorage.setItem("by", at("by").value.trim()));

async function watchCallbacks() {
  await drawCallbacks().catch(() => {}); // page.js tells when the server is away
  setTimeout(watchCallbacks, CALLBACKS_PERIOD_MS);
}
watchCallbacks();

"use strict";
// Reads the API every second and draws it. Text of callers only ever becomes text, never markup.

const STATES = {free: "대기", ringing: "벨 울림", on_call: "통화 중", paused: "쉼", resting: "응답 없음", unreachable: "연결 안 됨"};
const URGENCIES = {urgent: "긴급", unknown: "모름", potential: "잠재", non_urgent: "비긴급"};
const PERIOD_MS = 1000;

const at = (id) => document.getElementById(id);

function cell(text, kind = "") {
  const made = document.createElement("td");
  made.textContent = text;
  made.className = kind;
  return made;
}

function row(...cells) {
  const made = document.createElement("tr");
  made.append(...cells);
  return made;
}

function button(text, act) {
  const made = document.createElement("button");
  made.textContent = text;
  made.addEventListener("click", act);
  return made;
}

// A part of the report with how surely its words were recognised.
function sure(text, confidence) {
  return text && confidence > 0 ? `${text} (${Math.round(100 * confidence)}%)` : text;
}

function time(seconds) {
  if (seconds === null) return "";
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

async function get(path) {
  const answer = await fetch(path);
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer.json();
}

async function post(path, body) {
  const answer = await fetch(path, {method: "POST", body: JSON.stringify(body ?? {})});
  if (!answer.ok) at("trouble").textContent = (await answer.json()).error;
  await draw();
}

function drawDesks(desks) {
  at("desks").replaceChildren(...desks.map((desk) => {
    const act = document.createElement("td");
    const verb = desk.paused ? "resume" : "pause";
    act.append(button(desk.paused ? "다시 받기" : "쉬기",
      () => post(`/api/operators/${encodeURIComponent(desk.name)}/${verb}`)));
    const calls = [...desk.ringing, ...desk.talking].join(", ");
    return row(cell(desk.name), cell(STATES[desk.state] ?? desk.state, desk.state), cell(calls),
      cell(desk.groups.join(", ")), cell(desk.skills.join(", ")), act);
  }));
  const known = [...at("me").options].map((option) => option.value);
  for (const desk of desks.filter((each) => !known.includes(each.name))) {
    at("me").append(new Option(desk.name, desk.name, false, desk.name === localStorage.getItem("me")));
    if (desk.name === localStorage.getItem("me")) at("me").value = desk.name;
  }
}

function taking(callId) {
  const made = document.createElement("td");
  const me = at("me").value;
  if (me) made.append(button("내가 받기", () => post(`/api/calls/${callId}/accept`, {operator: me})));
  return made;
}

function drawQueue(queue) {
  at("waiting-count").textContent = queue.length ? `(${queue.length})` : "";
  at("queue").replaceChildren(...queue.map((call) => row(
    cell(call.position), cell(URGENCIES[call.urgency] ?? call.urgency, call.urgency), cell(call.group ?? ""),
    cell(call.number ?? ""), cell(time(call.waited_s)), cell(time(call.expected_wait_s)), taking(call.call_id))));
}

function drawMine(desks, calls) {
  const me = at("me").value;
  const ringing = desks.find((desk) => desk.name === me)?.ringing ?? [];
  at("mine").hidden = ringing.length === 0;
  at("rung").replaceChildren(...ringing.map((id) => {
    const call = calls.find((each) => each.call_id === id);
    const item = document.createElement("li");
    const place = [call?.location?.dong, call?.location?.road, call?.location?.place].filter(Boolean).join(" ");
    const last = call?.transcript?.filter((each) => each.speaker === "caller").at(-1)?.text ?? "";
    const told = document.createElement("p");
    told.textContent = [URGENCIES[call?.urgency?.level], sure(call?.type?.category, call?.type?.confidence),
      sure(place, call?.location?.confidence), last].filter(Boolean).join(" · ");
    item.append(told,
      button("받기", () => post(`/api/calls/${id}/accept`, {operator: me})),
      button("넘기기", () => post(`/api/calls/${id}/decline`, {operator: me})));
    return item;
  }));
}

async function draw() {
  try {
    const [desks, queue, calls] = await Promise.all([get("/api/operators"), get("/api/queue"), get("/api/calls")]);
    drawDesks(desks);
    drawQueue(queue);
    drawMine(desks, calls);
    at("trouble").dataset.lost = "";
  } catch (error) {
    at("trouble").textContent = `서버에 연결되지 않습니다 (${error.message})`;
    at("trouble").dataset.lost = "yes";
  }
}

at("me").addEventListener("change", () => {
  localStorage.setItem("me", at("me").value);
  draw();
});

async function run() {
  const lost = at("trouble").dataset.lost;
  await draw();
  if (lost && !at("trouble").dataset.lost) at("trouble").textContent = "";
  setTimeout(run, PERIOD_MS);
}
run();

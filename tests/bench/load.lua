-- wrk's requests, of another tenant each time.
-- Arguments: TOKENS BODY METHOD PATH [FIELD: VALUE]...   TOKENS and BODY are files; a token a line, with
-- its tenant's number behind it unless those are the tenants from 0 on.
local requests, at = {}, 0

function init(arguments)
  local body = assert(io.open(arguments[2])):read("*a")
  local fields = ""
  for i = 5, #arguments do fields = fields .. arguments[i] .. "\r\n" end
  for line in io.lines(arguments[1]) do
    local token, tenant = line:match("(%S+)%s*(%d*)")
    if tenant == "" then tenant = #requests end
    requests[#requests + 1] = arguments[3] .. " " .. arguments[4] .. " HTTP/1.1\r\nHost: 127.0.0.1\r\n" ..
      "Authorization: Bearer " .. token .. "\r\nX-Bench-Tenant: " .. tenant .. "\r\n" .. fields ..
      "Content-Type: application/json\r\nContent-Length: " .. #body .. "\r\n\r\n" .. body
  end
end

function request()
  at = at % #requests + 1
  return requests[at]
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '\nRESULT {"calls":%d,"seconds":%.3f,"failed":%d,"p50_us":%.1f,"p99_us":%.1f}\n',
    summary.requests, summary.duration / 1e6,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout,
    latency:percentile(50), latency:percentile(99)))
end

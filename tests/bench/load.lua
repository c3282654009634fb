-- wrk's requests: a chat each, of another tenant each time.
-- Arguments: TOKENS BODY PATH [FIELD: VALUE]...   TOKENS and BODY are files; a token a line, those of
-- the tenants from 0 on.
local requests, at = {}, 0

function init(arguments)
  local body = assert(io.open(arguments[2])):read("*a")
  local fields = ""
  for i = 4, #arguments do fields = fields .. arguments[i] .. "\r\n" end
  for token in io.lines(arguments[1]) do
    requests[#requests + 1] = "POST " .. arguments[3] .. " HTTP/1.1\r\nHost: 127.0.0.1\r\n" ..
      "Authorization: Bearer " .. token .. "\r\nX-Bench-Tenant: " .. #requests .. "\r\n" .. fields ..
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

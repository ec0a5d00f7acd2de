-- For Neovim 0.7 and newer: keeps `vim.g.banger` the names of running VMs, as they start and
-- stop, by banger's event stream. Needs curl, and nothing else of banger than its socket.
--
--   dofile('/path/to/banger.lua').watch()
--   vim.o.statusline = vim.o.statusline .. ' %{get(g:, "banger", "")}'

local M = {}
local running = {}

local function show()
  local names = vim.tbl_values(running)
  table.sort(names)
  vim.g.banger = table.concat(names, ' ')
end

-- The `data:` line of a server-sent event is the whole event.
local function line(text)
  local data = text:match('^data: (.*)')
  if not data then
    return
  end
  local subject = vim.json.decode(data).subject
  if subject.type == 'vm' then
    running[subject.vm.id] = subject.vm.state == 'running' and subject.vm.name or nil
  elseif subject.type == 'vm_deleted' then
    running[subject.id] = nil
  end
  show()
end

local function curl(path)
  local socket = vim.trim(vim.fn.system({ 'banger', 'daemon', 'socket' }))
  return { 'curl', '-sN', '--unix-socket', socket, 'http://banger' .. path }
end

--- Watches until Neovim or the daemon ends; returns the job's id.
function M.watch()
  -- jobstart hands over pieces: the last of one and the first of the next are one line.
  local rest = ''
  local job = vim.fn.jobstart(curl('/v1/events'), {
    on_stdout = function(_, pieces)
      rest = rest .. pieces[1]
      for index = 2, #pieces do
        line(rest)
        rest = pieces[index]
      end
    end,
  })
  local known = vim.fn.system(curl('/v1/vms'))
  for _, vm in ipairs(vim.v.shell_error == 0 and vim.json.decode(known).vms or {}) do
    running[vm.id] = vm.state == 'running' and vm.name or nil
  end
  show()
  return job
end

return M

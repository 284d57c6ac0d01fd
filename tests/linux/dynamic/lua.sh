cat > script.lua <<'X'
local t = {} for i = 1, 100000 do t[i] = i * i end
local s = 0 for _, v in ipairs(t) do s = s + v % 7 end
print(s, #t)
local f = assert(io.open("numbers", "w")) for i = 1, 1000 do f:write(i, "\n") end f:close()
local n = 0 for line in io.lines("numbers") do n = n + tonumber(line) end print(n)
print(os.execute("exit 4"))
local p = io.popen("echo from a pipe") print(p:read("a")) p:close()
print(pcall(error, "caught"))
print(string.rep("x", 3000000):len(), string.format("%5.3f %g", math.pi, 2 ^ 100))
print(select(2, io.open("/nowhere")))
local name = os.tmpname() print(os.remove(name))
local co = coroutine.wrap(function() for i = 1, 3 do coroutine.yield(i) end end) print(co(), co(), co())
table.sort(t, function(a, b) return a > b end) print(t[1], t[#t])
for word in ("one two three"):gmatch("%a+") do io.write(word:upper(), ";") end print()
os.exit(9)
X
lua5.4 script.lua; echo $?
printf 'print(1 + 1)\nx = 7\nprint(x * 6)\n' | lua5.4 -i 2>&1 | grep -v Copyright
lua5.4 -e 'error("no")'; echo $?

import subprocess, sys, select, os
print(subprocess.run(['echo','hi'], capture_output=True, text=True))
p=subprocess.Popen([sys.executable, '-c', 'import sys; print(sys.stdin.read().upper()); sys.exit(3)'], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
o,e=p.communicate('abc'); print(repr(o), repr(e), p.returncode)
try: subprocess.run(['/nonexistent'])
except FileNotFoundError as e: print(e)
try: subprocess.run(['sleep','5'], timeout=0.2)
except subprocess.TimeoutExpired as e: print('timeout')
print(subprocess.check_output('echo $X', shell=True, env={'X':'y'}), subprocess.run('exit 7', shell=True).returncode)
r,w=os.pipe(); print(select.select([r],[w],[],0)[1]==[w]); 
po=select.poll(); po.register(r, select.POLLIN); print(po.poll(10)); os.write(w,b'x'); print(po.poll(10)==[(r,1)])
with select.epoll() as ep: ep.register(r, select.EPOLLIN); print(ep.poll(0.1)==[(r,1)])

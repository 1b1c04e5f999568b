# Django: settings, migrations, models, requests, templates.
# SPDX-License-Identifier: MIT
import django
from django.conf import settings
settings.configure(DATABASES={'default':{'ENGINE':'django.db.backends.sqlite3','NAME':':memory:'}},INSTALLED_APPS=['django.contrib.contenttypes','django.contrib.auth'],ROOT_URLCONF='__main__',DEBUG=True,ALLOWED_HOSTS=['*'],SECRET_KEY='x',TEMPLATES=[{'BACKEND':'django.template.backends.django.DjangoTemplates'}])
django.setup()
from django.core.management import call_command
call_command('migrate',verbosity=1)
from django.contrib.auth.models import User
for i in range(20): User.objects.create_user(f'u{i}',password=None)
print(User.objects.filter(username__startswith='u1').count(), list(User.objects.values_list('username',flat=True)[:3]))
from django.http import HttpResponse
from django.urls import path
def v(r,n): return HttpResponse(f'hi {n} {r.method}')
urlpatterns=[path('x/<int:n>/',v)]
from django.test import Client
c=Client(); r=c.get('/x/7/'); print(r.status_code,r.content); print(c.get('/nope').status_code)
from django.template import Template, Context
print(Template('{% for a in l %}{{a|title}},{% endfor %}').render(Context({'l':['a b','c']})))

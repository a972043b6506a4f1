"""Makes expected.json: numbers of numpy, scipy, scikit-learn, krippendorff and choix on data that
mulberry32 and Box-Muller make, so that TypeScript makes the same.

    python3 -m venv V && V/bin/pip install numpy scipy scikit-learn krippendorff choix
    V/bin/python test/statistics/oracle/make.py
"""

import pathlib
import sys, json, math, os
os.environ.setdefault("OMP_NUM_THREADS","1"); os.environ.setdefault("OPENBLAS_NUM_THREADS","1")

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit
from scipy import stats
out={}
# ---- mulberry32-style deterministic data so that TypeScript can rebuild it exactly
def mulberry32(a):
    def f():
        nonlocal a
        a=(a+0x6D2B79F5)&0xFFFFFFFF
        t=a
        t=((t^(t>>15))*(t|1))&0xFFFFFFFF
        t^=(t+(((t^(t>>7))*(t|61))&0xFFFFFFFF))&0xFFFFFFFF
        return ((t^(t>>14))&0xFFFFFFFF)/4294967296
    return f
def normals(seed,n):
    u=mulberry32(seed); r=[]
    while len(r)<n:
        a=1-u(); b=u()
        r.append(math.sqrt(-2*math.log(a))*math.cos(2*math.pi*b))
    return np.array(r)
# ---- 1 head-only BT, prior centred on shipped head: min sum log(1+e^{-(s0+X d)}) + lam/2 |d|^2  (X oriented chosen-rejected)
n,d=60,8
X=normals(1,n*d).reshape(n,d); w0=normals(2,d)*0.3; wt=w0+normals(3,d)*0.5
u=mulberry32(4); y=np.array([1 if u()<expit(x@wt) else -1 for x in X]); Xo=X*y[:,None]
def fit(Xo,s0,lam):
    a=np.zeros(Xo.shape[1])
    for _ in range(50):
        m=s0+Xo@a; p=expit(-m); g=-(Xo.T@p)+lam*a; W=p*(1-p)
        H=(Xo.T*W)@Xo+lam*np.eye(len(a)); st=np.linalg.solve(H,g); a-=st
        if np.abs(st).max()<1e-12: break
    return a,H
def fit_dual(K,s0,lam):   # d = Xo^T alpha ; Newton on alpha, n x n only
    al=np.zeros(len(s0))
    for _ in range(100):
        m=s0+K@al; p=expit(-m); W=np.maximum(p*(1-p),1e-12)
        # stationarity: lam*alpha = p ; Newton: (lam I + W K) da = p - lam*alpha
        da=np.linalg.solve(lam*np.eye(len(s0))+W[:,None]*K,p-lam*al); al+=da
        if np.abs(da).max()<1e-13: break
    return al
s0=Xo@w0
for lam in (0.1,1.0,10.0):
    a,H=fit(Xo,s0,lam); al=fit_dual(Xo@Xo.T,s0,lam)
    m=s0+Xo@a
    # approximate leave-one-out margins (one Newton step): m_i + h_i p_i/(1-h_i W_i) sign
    p=expit(-m); W=p*(1-p); Hi=np.linalg.inv(H); q=np.einsum('ij,jk,ik->i',Xo,Hi,Xo)
    alo=m-q*p/(1-q*W)
    ex=[]
    for i in range(n):
        k=np.arange(n)!=i; ai,_=fit(Xo[k],s0[k],lam); ex.append(s0[i]+Xo[i]@ai)
    out[f"bt_prior_lam{lam}"]=dict(delta=a.tolist(),dual_max_diff=float(np.abs(Xo.T@al-a).max()),nll=float(np.logaddexp(0,-m).sum()),train_acc=float((m>0).mean()),
        loo_nll_exact=float(np.logaddexp(0,-np.array(ex)).mean()),loo_nll_alo=float(np.logaddexp(0,-alo).mean()),loo_acc_exact=float((np.array(ex)>0).mean()),loo_acc_alo=float((alo>0).mean()))
from sklearn.linear_model import LogisticRegression
lr=LogisticRegression(C=1.0,fit_intercept=False,tol=1e-10,max_iter=1000).fit(np.vstack([Xo,-Xo]),np.r_[np.ones(n),np.zeros(n)])
a,_=fit(Xo,np.zeros(n),0.5)   # duplicated rows: sum doubles => lam/2 vs C=1 -> lam=0.5
out["sklearn_zero_centred_max_diff"]=float(np.abs(lr.coef_[0]-a).max())
# temperature: min over t of sum log(1+exp(-m/t))
m0=s0; r=minimize(lambda b: np.logaddexp(0,-np.exp(b[0])*m0).sum(),[0.0],method="BFGS",options=dict(gtol=1e-10)); out["temperature"]=dict(T=float(np.exp(-r.x[0])),nll=float(r.fun))
# ---- 2 selective risk: learn-then-test / SGR
def ltt(conf,err,alpha,delta):
    o=np.argsort(-conf); k=np.cumsum(err[o]); best=None
    # strict->lenient over a fixed grid of accepted counts (fixed sequence: start at the smallest m that can pass)
    m0=math.ceil(math.log(delta)/math.log(1-alpha)); 
    for mm in range(m0,len(o)+1):
        if stats.binom.cdf(k[mm-1],mm,alpha)<=delta: best=mm
        else: break
    return best,m0
conf=np.abs(s0); err=(s0<=0).astype(int)
out["ltt"]={f"a{a}_d{dl}":dict(zip(("accepted","min_m"),ltt(conf,err,a,dl))) for a in (0.05,0.1,0.2) for dl in (0.05,0.1)}
# ---- 3 PPI++ mean
try:
    pass
    from ppi_py import ppi_mean_ci, ppi_mean_pointestimate
    have=True
except Exception as e: have=False; out["ppi_import"]=repr(e)[:200]
Y=(normals(5,80)>0).astype(float); Yh=np.clip(Y*0.6+0.2+0.15*normals(6,80),0,1); Yu=np.clip(((normals(7,2000)>0)*0.6+0.2+0.15*normals(8,2000)),0,1)
N,nn=len(Yu),len(Y)
lam=np.clip(np.cov(Y,Yh,ddof=0)[0,1]/((1+nn/N)*np.var(np.r_[Yh,Yu])),0,1)
th=lam*Yu.mean()+(Y-lam*Yh).mean(); se=math.sqrt(lam**2*Yu.var()/N+(Y-lam*Yh).var()/nn)
out["ppi"]=dict(lam=float(lam),theta=float(th),lo=float(th-1.6448536269514722*se),hi=float(th+1.6448536269514722*se),classic_halfwidth=float(1.6448536*math.sqrt(Y.var()/nn)),halfwidth=float(1.6448536*se))
if have:
    out["ppi"]["pkg_point"]=float(np.ravel(ppi_mean_pointestimate(Y,Yh,Yu))[0]); lo,hi=ppi_mean_ci(Y,Yh,Yu,alpha=0.1); out["ppi"]["pkg_ci"]=[float(np.ravel(lo)[0]),float(np.ravel(hi)[0])]
# ---- 4 drift
rng=np.random.default_rng(0)
def psi(a,b,B=10,add=0.5):
    e=np.quantile(a,np.linspace(0,1,B+1)[1:-1]); ca=np.bincount(np.searchsorted(e,a,side='right'),minlength=B); cb=np.bincount(np.searchsorted(e,b,side='right'),minlength=B)
    pa=(ca+add)/(ca.sum()+add*B); pb=(cb+add)/(cb.sum()+add*B); return float(((pb-pa)*np.log(pb/pa)).sum())
r={}
for nb in (50,100,200,500,2000):
    v=np.array([psi(rng.normal(size=1000),rng.normal(size=nb)) for _ in range(600)])
    v5=np.array([psi(rng.normal(size=1000),rng.normal(0.5,1,size=nb)) for _ in range(300)])
    thr=stats.chi2.ppf(0.99,9)*(1/nb+1/1000)
    r[nb]=dict(mean=float(v.mean()),theory=9*(1/nb+1/1000),p_over_0_1=float((v>0.1).mean()),p_over_0_25=float((v>0.25).mean()),chi2_99=float(thr),p_over_chi2=float((v>thr).mean()),power_chi2_half_sigma=float((v5>thr).mean()))
out["psi_null_ref1000"]=r
a1=normals(11,200); b1=normals(12,150)+0.3
ks=stats.ks_2samp(a1,b1); out["drift_fixture"]=dict(psi10_add05=psi(a1,b1),ks_D=float(ks.statistic),ks_p=float(ks.pvalue),mw_p=float(stats.mannwhitneyu(a1,b1).pvalue),wasserstein=float(stats.wasserstein_distance(a1,b1)))
def arl(shift,k,h,reps=1500,maxn=20000):
    L=[]
    for _ in range(reps):
        hi=lo=0.0; t=0; done=False
        while not done and t<maxn:
            for z in rng.normal(shift,1,256):
                t+=1; hi=max(0,hi+z-k); lo=max(0,lo-z-k)
                if hi>h or lo>h: done=True; break
        L.append(t)
    return float(np.mean(L))
out["cusum_arl_k0.5"]={str(h):{str(s):arl(s,0.5,h,400 if s==0 else 800) for s in (0,0.5,1.0)} for h in (4,5)}
# ---- 5 agreement, BT ranking
import krippendorff
rd=np.array([[0,1,1,0,1,np.nan,0,1],[0,1,0,0,1,1,0,1],[0,1,1,0,np.nan,1,1,1]],float); out["krippendorff_nominal"]=float(krippendorff.alpha(reliability_data=rd,level_of_measurement="nominal"))
import choix
cmp=[(0,1),(0,2),(1,2),(2,0),(1,0),(0,1),(3,1),(2,3),(0,3)]
out["choix_opt_pairwise"]=choix.opt_pairwise(4,cmp,alpha=1e-6).tolist(); out["choix_opt_alpha0.1"]=choix.opt_pairwise(4,cmp,alpha=0.1).tolist()
out["wilson_17_of_20"]=[float(v) for v in stats.binomtest(17,20).proportion_ci(0.95,"wilson")]; out["sign_17_20_p"]=float(stats.binomtest(17,20).pvalue)
target=pathlib.Path(__file__).with_name("expected.json")
json.dump(out,target.open("w"),indent=1)

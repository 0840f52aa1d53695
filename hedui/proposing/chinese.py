"""Names in English for Chinese headers that are made of the field's usual words: 补贴金额 is a subsidy amount."""

from typing import Final

_TABLE: Final = """
    补贴 subsidy, 补助 allowance, 待遇 benefit, 救助 relief, 低保 dibao, 养老 pension, 工资 salary,
    津贴 allowance, 奖金 bonus, 医疗 medical, 保险 insurance, 费用 fee, 金额 amount, 总额 total,
    单价 unit price, 价格 price, 数量 quantity, 面积 area, 标准 rate, 比例 share, 次数 times, 人数 people,
    年龄 age, 性别 sex, 民族 ethnicity, 日期 date, 时间 time, 月份 month, 年度 year, 年份 year, 所属期 month,
    期间 period, 开始 start, 起始 start, 结束 end, 终止 end, 截止 end, 有效 valid, 更新 updated, 创建 created,
    登记 registered, 申请 application, 审批 approval, 发放 payment, 支付 payment, 退回 returned, 出生 birth,
    死亡 death, 结婚 marriage, 离婚 divorce, 入院 admission, 出院 discharge, 就诊 visit, 诊断 diagnosis,
    医院 hospital, 机构 institution, 单位 unit, 部门 department, 公司 company, 企业 company, 供应商 supplier,
    法人 representative, 合同 contract, 项目 project, 采购 purchase, 招标 tender, 中标 award, 资产 asset,
    承租 lessee, 租金 rent, 地块 plot, 土地 land, 车辆 vehicle, 房屋 house, 农户 farmer, 户主 head of household,
    配偶 spouse, 家庭 household, 成员 member, 村民 villager, 申请人 applicant, 收款人 payee, 联系人 contact,
    职务 post, 岗位 post, 级别 rank, 省 province, 市 city, 县 county, 区 district, 县区 county, 乡镇 township,
    街道 street, 村 village, 地区 region, 地址 address, 电话 telephone, 手机 mobile, 手机号 mobile, 银行 bank,
    账号 account, 卡号 card number, 编号 number, 编码 code, 代码 code, 号码 number, 证件号 identity number,
    身份证号 identity number, 姓名 name, 名称 name, 类型 kind, 类别 kind, 种类 kind, 方式 mode, 状态 status,
    原因 reason, 结果 result, 标志 flag, 说明 note, 备注 note, 内容 content, 来源 source
"""
_WORDS: Final = dict(entry.split(maxsplit=1) for entry in _TABLE.split(","))
_LONGEST: Final = max(map(len, _WORDS))


def english(header: str) -> str:
    """The words of a header, such as `subsidy amount`; empty where it holds one that is not among the usual."""
    said: list[str] = []
    rest = header.replace("（元）", "").replace("(元)", "")
    while rest:
        word = next((rest[:n] for n in range(_LONGEST, 0, -1) if rest[:n] in _WORDS), None)
        if word is None:
            return ""
        said.append(_WORDS[word])
        rest = rest.removeprefix(word)
    return " ".join(said)

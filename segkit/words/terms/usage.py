"""Terms of a survey of brands used."""

from __future__ import annotations

from segkit.words.terms.term import Term

_LOW, _HIGH = "Lower end of the 95% interval of ", "Upper end of the 95% interval of "
_OTHERS = ", over other respondents of the same kind."
_VI_LOW, _VI_HIGH = "Cận dưới của khoảng tin cậy 95% của ", "Cận trên của khoảng tin cậy 95% của "
_VI_OTHERS = ", nếu hỏi những người khác cùng kiểu."


def _ends(name: str, label: str, vi: str, unit: str, of: str, of_vi: str) -> tuple[Term, Term]:
    """The two ends of an interval."""
    return (Term(f"{name}_low", f"{label}, low", f"{vi}, cận dưới", unit, "", _LOW + of + _OTHERS,
                 _VI_LOW + of_vi + _VI_OTHERS),
            Term(f"{name}_high", f"{label}, high", f"{vi}, cận trên", unit, "", _HIGH + of + _OTHERS,
                 _VI_HIGH + of_vi + _VI_OTHERS))


COLUMNS = (
    Term("n_category_users", "Use at least one", "Dùng ít nhất một thương hiệu", "count", "",
         "Respondents who use at least one of the brands; shares of users are of them.",
         "Số người trả lời dùng ít nhất một thương hiệu; tỷ lệ người dùng tính trên nhóm này."),
    Term("n_users", "Users", "Số người dùng", "count", "", "How many respondents use the brand.",
         "Số người trả lời có dùng thương hiệu."),
    Term("against_next", "Beside the next", "So với thương hiệu kế tiếp", "message", "",
         "Whether the brand has surely more users than the next, or the two are level: ahead where it is so in nearly "
         "all samples of other respondents, all comparisons of the column taken together.",
         "Thương hiệu chắc chắn có nhiều người dùng hơn thương hiệu kế tiếp, hay hai bên ngang nhau: hơn khi điều đó "
         "đúng trong gần như mọi mẫu người trả lời mới, xét chung mọi phép so sánh trong cột."),
    Term("use_share", "Share of uses", "Tỷ trọng lượt dùng", "percent", "higher",
         "The brand's part of all uses of all brands; where it was not asked how often, of all brands named.",
         "Phần của thương hiệu trong mọi lượt dùng của mọi thương hiệu; nếu không hỏi mức thường xuyên thì trong mọi "
         "thương hiệu được kể."),
    *_ends("use_share", "Share of uses", "Tỷ trọng lượt dùng", "percent", "the share of uses", "tỷ trọng lượt dùng"),
    Term("brands_used", "Brands used", "Số thương hiệu đang dùng", "number", "",
         "How many of the brands its users use on average, itself among them. Fewer means more loyal.",
         "Trung bình người dùng của nó dùng bao nhiêu thương hiệu, kể cả nó. Càng ít càng trung thành."),
    *_ends("brands_used", "Brands used", "Số thương hiệu đang dùng", "number", "the mean number of brands used",
           "số thương hiệu dùng trung bình"),
    Term("sole_user_share", "Use no other", "Chỉ dùng thương hiệu này", "percent", "higher",
         "Share of the brand's users who use none of the other brands. Light users make it look high.",
         "Tỷ lệ người dùng thương hiệu không dùng thương hiệu nào khác. Người dùng ít làm tỷ lệ này trông cao hơn."),
    *_ends("sole_user_share", "Use no other", "Chỉ dùng thương hiệu này", "percent", "the share who use no other",
           "tỷ lệ người chỉ dùng thương hiệu này"),
    Term("uses_per_user", "Uses per user", "Số lần dùng mỗi người", "number", "higher",
         "How many times the brand's users use it, on average, in the time that was asked about.",
         "Trung bình mỗi người dùng thương hiệu bao nhiêu lần trong khoảng thời gian được hỏi."),
    *_ends("uses_per_user", "Uses per user", "Số lần dùng mỗi người", "number", "uses per user",
           "số lần dùng trên mỗi người dùng"),
    Term("requirement_share", "Share of its users' uses", "Tỷ trọng trong lượt dùng của người dùng", "percent",
         "higher",
         "Share of category requirements as it is told: the brand's part of all uses of its own users.",
         "Tỷ trọng nhu cầu ngành hàng theo lời kể: phần của thương hiệu trong mọi lượt dùng của chính người dùng nó."),
    *_ends("requirement_share", "Users' uses", "Lượt dùng của người dùng", "percent",
           "the brand's part of its users' uses", "phần của thương hiệu trong lượt dùng của người dùng nó"),
    Term("both_users", "Users of both", "Người dùng cả hai", "count", "",
         "Respondents who use both brands, where weights differ as many as count in effect.",
         "Số người trả lời dùng cả hai thương hiệu; nếu có trọng số thì là số người hiệu dụng."),
    Term("expected_users", "Users of both, expected", "Người dùng cả hai, kỳ vọng", "count", "",
         "Users of both that the sizes of the two brands lead to, by the law of duplication.",
         "Số người dùng cả hai theo quy mô của hai thương hiệu, tính bằng quy luật trùng lặp."),
    Term("shared_index", "Shared users, expected = 100", "Người dùng chung, kỳ vọng = 100", "index", "",
         "Users of both brands as part of those that sizes lead to; 100 is as expected.",
         "Số người dùng cả hai so với số kỳ vọng theo quy mô; 100 là đúng như kỳ vọng."),
    *_ends("shared_index", "Shared users", "Người dùng chung", "index", "the index of shared users",
           "chỉ số người dùng chung"),
)
